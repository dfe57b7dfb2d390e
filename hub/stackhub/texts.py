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
        "server_account": "Sign in with your account on this server: the name and password that you use with SSH. "
        "No account, or password lost? Ask whoever runs this server.",
        "again": "Try again",
        "open": "Open GitLab",
    },
    "zh-CN": {
        "sign_in": "登录",
        "sign_in_with": "使用 {service} 登录",
        "username": "用户名",
        "password": "密码",
        "lost": "没有账号或忘记密码？请联系服务器管理员。",
        "server_account": "请使用您在本服务器上的系统账号登录，即 SSH 登录时的用户名和密码。"
        "没有账号或忘记密码？请联系服务器管理员。",
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
    "locked": {
        "en": (
            "Too many wrong passwords",
            "This account is locked for {minutes} minutes.",
            "Wait that long, then try again. If the password is lost, ask whoever runs this server.",
        ),
        "zh-CN": (
            "密码错误次数过多",
            "该账号已锁定 {minutes} 分钟。",
            "请稍后再试。如果忘记了密码，请联系服务器管理员。",
        ),
    },
    "not-member": {
        "en": (
            "This account may not enter yet",
            "The password is right, but {username} is not in this server's group {group}.",
            "Ask whoever runs this server to put you there.",
        ),
        "zh-CN": (
            "该账号尚未获准进入",
            "密码正确，但 {username} 不在本服务器的用户组 {group} 中。",
            "请联系服务器管理员将您加入该用户组。",
        ),
    },
    "must-change": {
        "en": (
            "This password has expired",
            "This server asks {username} for a new password, which cannot be set here.",
            "Sign in to the server with SSH, which asks for the new one. Then try again.",
        ),
        "zh-CN": (
            "密码已过期",
            "本服务器要求 {username} 更换密码，此处无法更换。",
            "请用 SSH 登录服务器并按提示设置新密码，然后重试。",
        ),
    },
    "account-expired": {
        "en": (
            "This account has expired",
            "The password is right, but the account {username} has come to its end on this server.",
            "Ask whoever runs this server.",
        ),
        "zh-CN": (
            "该账号已过期",
            "密码正确，但账号 {username} 在本服务器上已过期。",
            "请联系服务器管理员。",
        ),
    },
    "refused": {
        "en": (
            "This account may not sign in",
            "The password is right, but this server lets {username} sign in nowhere: it is locked, or has no login shell.",
            "Ask whoever runs this server.",
        ),
        "zh-CN": (
            "该账号不能登录",
            "密码正确，但本服务器不允许 {username} 登录：账号已锁定，或没有登录 shell。",
            "请联系服务器管理员。",
        ),
    },
    "name-taken": {
        "en": (
            "This name is somebody else's here",
            "There are files of another account that is called {username} too.",
            "If you run this server: stackctl users remove {username}, which keeps the files.",
        ),
        "zh-CN": (
            "该名称已被他人使用",
            "这里已有另一个同名账号 {username} 的文件。",
            "如果您是管理员，请运行：stackctl users remove {username}（文件会保留）。",
        ),
    },
    "unreadable": {
        "en": (
            "Nobody can sign in at the moment",
            "This server's accounts cannot be read.",
            "If you run this server: stackctl up says why. Notebooks that are running go on.",
        ),
        "zh-CN": (
            "暂时无法登录",
            "无法读取本服务器的账号。",
            "如果您是管理员，请运行 stackctl up 查看原因。正在运行的笔记本不受影响。",
        ),
    },
}
"""What goes wrong on the way in, by kind."""

PROBLEMS: dict[int, dict[str, tuple[str, str]]] = {
    400: {
        "en": ("This did not work", "The address is not whole, or the page was open for too long. Go back and try again."),
        "zh-CN": ("请求无法处理", "地址不完整，或页面打开的时间过长。请返回后重试。"),
    },
    403: {
        "en": ("You may not do this", "Your account has no right to it. If it should have, ask whoever runs this server."),
        "zh-CN": ("没有权限", "您的账号无权进行此操作。如有需要，请联系服务器管理员。"),
    },
    404: {
        "en": ("There is no such page", "The address may be mistyped, or what was there is gone."),
        "zh-CN": ("页面不存在", "地址可能有误，或者内容已被删除。"),
    },
    429: {
        "en": ("Too many people at once", "Try again in a few minutes."),
        "zh-CN": ("同时使用的人太多", "请几分钟后重试。"),
    },
    500: {
        "en": (
            "Something went wrong",
            "Try again. If it stays, tell whoever runs this server; if that is you: stackctl logs hub",
        ),
        "zh-CN": ("出错了", "请重试。如果问题依旧，请告知服务器管理员；如果您是管理员，请运行：stackctl logs hub"),
    },
}
"""What a page says of an error of JupyterHub's, and what to do, by its HTTP status; 500 for any other."""
