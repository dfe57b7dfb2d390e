"""Chinese for what JupyterHub and NativeAuthenticator say in English: they have no other languages, and no place for them.

The keys are their sentences, word by word, with as much of the template around a short one as tells it from others.
"""

from __future__ import annotations

import re

from jinja2.ext import Extension

MOMENT = (
    'require.config({map: {"*": {"components/moment/moment": "moment"}}}); '
    'require(["moment", "components/moment/locale/zh-cn"], () => require(["%s"]));'
)
"""Their scripts write how long ago something was."""

_HOURS = {"Hour": "小时", "Day": "天", "Week": "周", "Month": "个月", "Year": "年", "Never": "永不过期"}
_OPTIONS = "".join(f' | replace("{english}", "{chinese}")' for english, chinese in _HOURS.items())

TEMPLATES: dict[str, dict[str, str]] = {
    "page.html": {
        "JupyterHub requires JavaScript.": "本页面需要 JavaScript，",
        "Please enable it to proceed.": "请启用后继续。",
        'alt="JupyterHub logo"': 'alt="JupyterHub 标志"',
        'title="Home" />': 'title="主页" />',
        'aria-label="Toggle navigation"': 'aria-label="切换导航"',
        'aria-label="Close"': 'aria-label="关闭"',
        '-label">{{ title }}</h2>': '-label">出错了</h2>',
        "{{ btn_label }}</button>": "确定</button>",
        "The error</div>": "出错了</div>",
        "Login</a>": "登录</a>",
    },
    "home.html": {
        "JupyterHub home page": "JupyterHub 主页",
        "Stop My Server": "停止我的服务器",
        "{% if not default_server.active %}Start{% endif %} My Server": (
            "{{ '打开' if default_server.active else '启动' }}我的服务器"
        ),
        "Named Servers": "命名服务器",
        "In addition to your default server, you may have additional"
        " {% if named_server_limit_per_user > 0 %}{{ named_server_limit_per_user }}{% endif %} server(s) with names."
        " This allows you to have more than one server running at the same time.": (
            "除默认服务器外，您还可以另建"
            "{% if named_server_limit_per_user > 0 %} {{ named_server_limit_per_user }} 个{% endif %}命名服务器，"
            "同时运行多个服务器。"
        ),
        "<th>Server name</th>": "<th>名称</th>",
        "<th>URL</th>": "<th>地址</th>",
        "<th>Last activity</th>": "<th>最近活动</th>",
        "<th>Actions</th>": "<th>操作</th>",
        'aria-label="server name"': 'aria-label="服务器名称"',
        "name-your-server": "服务器名称",
        "Add New Server": "新建服务器",
        "Never": "从未",
        ">stop</a>": ">停止</a>",
        ">start</a>": ">启动</a>",
        ">delete</button>": ">删除</button>",
        'require(["home"]);': MOMENT % "home",
    },
    "token.html": {
        "Manage JupyterHub Tokens": "管理 JupyterHub 令牌",
        'class="form-label">Note</label>': 'class="form-label">备注</label>',
        "note to identify your new token": "便于辨认新令牌的备注",
        "This note will help you keep track of what your tokens are for.": "备注可以帮助您记住每个令牌的用途。",
        "Token expires in": "有效期",
        "{{ token_expires_in_options_html | safe }}": "{{ token_expires_in_options_html" + _OPTIONS + " | safe }}",
        "You can configure when your token will expire.": "令牌在此期限之后失效。",
        'class="form-label">Permissions</label>': 'class="form-label">权限</label>',
        "list of scopes for the token to have, separated by space": "令牌拥有的权限范围（scope），以空格分隔",
        "You can limit the permissions of the token so it can only do what you want it to. If none are specified, the token"
        " will have permission to do everything you can do. See the": (
            "您可以限制令牌的权限，让它只能做您需要的事。留空则令牌拥有您的全部权限。参见"
        ),
        ">JupyterHub documentation for a list of available scopes</a>.": ">JupyterHub 文档中的权限范围列表</a>（英文）。",
        "Request new API token": "申请新的 API 令牌",
        "Your new API Token": "新的 API 令牌",
        "Copy this token. You won't be able to see it again, but you can always come back here to get a new one.": (
            "请复制并保存该令牌，它不会再次显示；您可以随时回到这里申请新的令牌。"
        ),
        "<h2>API Tokens</h2>": "<h2>API 令牌</h2>",
        "These are tokens with access to the JupyterHub API. Permissions for each token may be viewed via the JupyterHub"
        " tokens API. Revoking the API token for a running server will require restarting that server.": (
            "这些令牌可以访问 JupyterHub API。每个令牌的权限可以通过 JupyterHub 的令牌 API 查看。"
            "撤销正在运行的服务器的令牌后，需要重新启动该服务器。"
        ),
        "<th>Note</th>": "<th>备注</th>",
        "<th>Permissions</th>": "<th>权限</th>",
        "<th>Last used</th>": "<th>最近使用</th>",
        "<th>Created</th>": "<th>创建时间</th>",
        "<th>Expires</th>": "<th>失效时间</th>",
        "<th>Application</th>": "<th>应用</th>",
        "<th>First authorized</th>": "<th>首次授权</th>",
        "<summary>scopes</summary>": "<summary>权限范围</summary>",
        "Never": "从未",
        "{%- if token.expires_at -%} {{ token.expires_at.isoformat() + 'Z' }} {%- else -%} Never {%- endif -%}": (
            "{%- if token.expires_at -%} {{ token.expires_at.isoformat() + 'Z' }} {%- else -%} 永不失效 {%- endif -%}"
        ),
        "N/A": "无",
        ">revoke</button>": ">撤销</button>",
        "Authorized Applications": "已授权的应用",
        "These are applications that use OAuth with JupyterHub to identify users (mostly notebook servers). OAuth tokens can"
        " generally only be used to identify you, not take actions on your behalf.": (
            "这些应用通过 JupyterHub 的 OAuth 确认用户身份（大多是笔记本服务器）。"
            "OAuth 令牌通常只能用于确认您的身份，不能代表您执行操作。"
        ),
        "{{ token.note }}": "{{ said(token.note) }}",
        "{{ client['description'] }}": "{{ said(client['description']) }}",
        'require(["token"]);': MOMENT % "token",
    },
    "logout.html": {"Successfully logged out.": "您已退出登录。"},
    "oauth.html": {
        "Authorize access": "授权访问",
        "An application is requesting authorization to access data associated with your JupyterHub account": (
            "有应用请求访问与您的 JupyterHub 账号相关的数据"
        ),
        "{{ oauth_client.description }} (oauth URL: {{ oauth_client.redirect_uri }})"
        " would like permission to identify you.": (
            "{{ said(oauth_client.description) }}（OAuth 地址：{{ oauth_client.redirect_uri }}）请求确认您的身份。"
        ),
        "It will not be able to take actions on your behalf.": "它不能代表您执行操作。",
        "This will grant the application permission to:": "授权后，该应用可以：",
        "This authorization is required": "此项授权是必需的",
        "{{ scope_info['description'] }}": "{{ said(scope_info['description']) }}",
        "Applies to {{ scope_info['filter'] }}.": "范围：{{ said(scope_info['filter']) }}",
        "Authorize</button>": "授权</button>",
    },
    "admin.html": {
        # its words are in JupyterHub's script
        '<div id="react-admin-hook">': (
            '<p class="container-fluid text-body-secondary">本页面只有英文。</p><div id="react-admin-hook" lang="en">'
        ),
    },
    "change-password.html": {
        "Change password for {{user_name}}": "修改 {{ user_name }} 的密码",
        "Please enter your current password and the new password you want to set it to. If you have forgotten your password,"
        " an admin can reset it for you.": "请输入当前密码和新密码。如果忘记了密码，服务器管理员可以为您重设。",
        "Old password:": "当前密码：",
        "New password:": "新密码：",
        "Confirm new password:": "再次输入新密码：",
        "value='Change Password'": "value='修改密码'",
        "{{result_message}}": "{{ said(result_message) }}",
    },
}
"""By template."""

SCRIPTS = {
    "Start My Server": "启动我的服务器",
    "Start your default server": "启动默认服务器",
    "Your server is stopping": "服务器正在停止",
    "Never": "从未",
    "Are you sure you want to delete your server ": "确定要删除服务器 ",
    "API request failed": "请求失败",
}
"""What their scripts write, or a part of it."""

MESSAGES = {
    r"Invalid username or password": r"用户名或密码不正确",
    r"Login form invalid or expired. Try again.": r"登录表单已失效，请重试。",
    r"(.+) is an account of (.+). To end that: (.+)": r"\1 是 \2 的账号。如需取消，请运行：\3",
    r"Somebody else has this name here. Ask whoever runs this server.": r"这里已有其他人使用该名称。请联系服务器管理员。",
    r"Your current password was incorrect. Please try again.": r"当前密码不正确，请重试。",
    r"Your new password didn't match the confirmation. Please try again.": r"两次输入的新密码不一致，请重试。",
    r"Your password has been changed successfully!": r"密码已修改。",
    r"Something went wrong!\s+Be sure your new password has at least (\d+) characters and is not too common.": (
        r"密码没有修改：新密码至少需要 \1 个字符。"
    ),
    r"A password has at most (\d+) bytes.": r"密码最多 \1 个字节。",
    r"Server at (.+)": r"服务器 \1",
    r"Requested via token page": r"在令牌页面申请",
    r"Requested via api": r"通过 API 申请",
    r"Identify the owner of the requesting entity.": r"确认您的身份。",
    r"Access user servers via API or browser.": r"通过 API 或浏览器访问用户的服务器。",
    r"Read names of users.": r"读取用户名。",
    r"Read users’ group membership.": r"读取用户所属的群组。",
    r"only you": r"仅限您本人",
    r"server (.+)": r"服务器 \1",
    r"(.+) has no such server (.+)": r"\1 没有名为 \2 的服务器",
    r"No such user: (.+)": r"没有用户 \1",
    r"Action is not authorized with current scopes; requires any of (.+)": r"需要以下权限之一：\1",
    r"No access to resources or resources not found": r"没有权限，或不存在",
}
"""What they say when something is asked of them: patterns, and what takes their place."""


def said(message: str) -> str:
    """A message of theirs in Chinese, where it is known."""
    for pattern, chinese in MESSAGES.items():
        if found := re.fullmatch(pattern, message.strip()):
            return found.expand(chinese)
    return message


class Templates(Extension):
    """Their templates in the language `lang` of a page: these are in English, and have no blocks around their words."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        source = source.replace('<html lang="en">', """<html lang="{{ lang or 'en' }}">""")
        known = sorted(TEMPLATES.get(name or "", {}).items(), key=lambda item: -len(item[0]))
        if not known:
            return source
        pattern = "|".join(f"({spaced(english)})" for english, _ in known)
        return re.sub(pattern, lambda found: _either(found[0], known[(found.lastindex or 1) - 1][1]), source)


def spaced(words: str) -> str:
    """A pattern for `words`, whatever the white space between them."""
    return r"\s+".join(re.escape(word) for word in words.split())


def _either(english: str, chinese: str) -> str:
    return f"{{% if lang == 'zh-CN' %}}{chinese}{{% else %}}{english}{{% endif %}}"
