"""What people read while they sign in, in each language that they may."""

from __future__ import annotations

LANGUAGES = ("en", "zh-CN")

SIGN_IN = {
    "en": {
        "sign_in": "Sign in",
        "sign_in_with": "Sign in with {service}",
        "username": "Username",
        "password": "Password",
        "lost": "No account, or password lost? Ask whoever runs this server.",
        "again": "Try again",
        "open": "Open GitLab",
    },
    "zh-CN": {
        "sign_in": "登录",
        "sign_in_with": "使用 {service} 登录",
        "username": "用户名",
        "password": "密码",
        "lost": "没有账号或忘记密码？请联系服务器管理员。",
        "again": "重试",
        "open": "打开 GitLab",
    },
}
"""The sign-in page."""

Text = tuple[str, str, str]
"""A title, what has happened, and what to do."""

ERRORS: dict[str, dict[str, Text]] = {
    "not-allowed": {
        "en": (
            "This account may not enter yet",
            "You are signed in to GitLab as {username}, and that account is not among those that may use this server.",
            "Ask whoever runs this server to let you in, or which GitLab group to join. "
            "To come as somebody else, sign out of GitLab first.",
        ),
        "zh-CN": (
            "该账号尚未获准进入",
            "您在 GitLab 上的账号是 {username}，它不在可以使用本服务器的名单或群组中。",
            "请联系服务器管理员开通，或询问需要加入哪个 GitLab 群组。如需使用其他账号，请先在 GitLab 退出登录。",
        ),
    },
    "nobody": {
        "en": (
            "Nobody may enter yet",
            "Whoever runs this server has not said who may use it.",
            "If that is you: set GITLAB_ALLOWED_GROUPS in .env, then run stackctl up.",
        ),
        "zh-CN": (
            "尚未允许任何人进入",
            "服务器管理员还没有设置谁可以使用本服务器。",
            "如果您是管理员：请在 .env 中设置 GITLAB_ALLOWED_GROUPS，然后运行 stackctl up。",
        ),
    },
    "not-set-up": {
        "en": (
            "Sign-in is not set up yet",
            "This server is not known to GitLab yet.",
            "If you run this server: stackctl gitlab register",
        ),
        "zh-CN": (
            "登录尚未配置",
            "本服务器尚未在 GitLab 上注册。",
            "如果您是管理员，请运行：stackctl gitlab register",
        ),
    },
    "blocked": {
        "en": (
            "GitLab does not let this account in",
            "GitLab says: {reason}",
            "Ask whoever runs GitLab, then try again.",
        ),
        "zh-CN": (
            "GitLab 拒绝了该账号",
            "GitLab 的答复：{reason}",
            "请联系 GitLab 管理员，然后重试。",
        ),
    },
    "unavailable": {
        "en": (
            "GitLab does not answer",
            "{reason}",
            "Try again in a few minutes. Notebooks that are running go on.",
        ),
        "zh-CN": (
            "GitLab 没有响应",
            "{reason}",
            "请几分钟后重试。正在运行的笔记本不受影响。",
        ),
    },
    "application": {
        "en": (
            "GitLab does not accept this server",
            "GitLab says: {reason}",
            "Tell whoever runs this server. If that is you: stackctl gitlab check",
        ),
        "zh-CN": (
            "GitLab 不接受本服务器",
            "GitLab 的答复：{reason}",
            "请告知服务器管理员。如果您是管理员，请运行：stackctl gitlab check",
        ),
    },
    "expired": {
        "en": (
            "This sign-in has expired",
            "It took too long, was begun in another tab, or was used before.",
            "Sign in again.",
        ),
        "zh-CN": (
            "本次登录已失效",
            "等待时间过长、在其他标签页中开始，或已经使用过。",
            "请重新登录。",
        ),
    },
    "denied": {
        "en": (
            "You did not let this server know who you are",
            "GitLab asked whether this server may know your account, and the answer was no.",
            "Without that nobody can sign in here. Try again if it was a mistake.",
        ),
        "zh-CN": (
            "您没有授权本服务器",
            "GitLab 询问是否允许本服务器读取您的账号，您选择了拒绝。",
            "不授权就无法登录。如果是误操作，请重试。",
        ),
    },
}
"""What goes wrong on the way in, by kind."""
