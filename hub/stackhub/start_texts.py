"""What people read while they choose an image and a size and wait for their server, in each language of texts.LANGUAGES."""

from __future__ import annotations

from collections.abc import Mapping

Sentences = Mapping[str, Mapping[str, str]]
"""By kind, then by language."""

WORDS = {
    "en": {
        "home": "Home",
        "token": "Token",
        "admin": "Admin",
        "services": "Services",
        "password_page": "Password",
        "log_out": "Logout",
        "theme": "Toggle dark mode",
        "server": "Server “{name}”",
        "owner": "This is {name}’s server.",
        "choose": "Start a notebook server",
        "image": "Image",
        "size": "Size",
        "cpu": "{count} CPU",
        "cpus": "{count} CPUs",
        "memory": "{amount} of memory",
        "gpu": "{count} GPU",
        "gpus": "{count} GPUs",
        "free_of": "{free} of {most} free",
        "room": "Room for {free}",
        "available": "Available",
        "full": "Full",
        "too_large": "Too large",
        "all_full": "There is no room for another server now. Try again later.",
        "look_again": "Look again",
        "start": "Start",
        "starting": "The server is starting",
        "starting_help": "The notebook opens by itself as soon as the server answers.",
        "step": "Step {number} of {count}",
        "done": "done",
        "passed": "{seconds} s so far",
        "failed": "The server did not start",
        "log": "The last lines that it printed",
        "try_again": "Try again",
        "choose_again": "Try again, or choose something else",
        "stopped": "The server is not running",
        "stopped_help": "The files are kept. Start it to go on.",
        "start_server": "Start the server",
        "stopping": "The server is stopping",
        "stopping_help": "You can start it again as soon as it has stopped.",
        "refresh": "Refresh",
    },
    "zh-CN": {
        "home": "主页",
        "token": "令牌",
        "admin": "管理",
        "services": "服务",
        "password_page": "密码",
        "log_out": "退出登录",
        "theme": "切换深色模式",
        "server": "服务器“{name}”",
        "owner": "这是 {name} 的服务器。",
        "choose": "启动笔记本服务器",
        "image": "镜像",
        "size": "规格",
        "cpu": "{count} 核 CPU",
        "cpus": "{count} 核 CPU",
        "memory": "{amount} 内存",
        "gpu": "{count} 个 GPU",
        "gpus": "{count} 个 GPU",
        "free_of": "剩余 {free} / {most}",
        "room": "还可启动 {free} 个",
        "available": "可用",
        "full": "已满",
        "too_large": "超出上限",
        "all_full": "目前没有空余资源再启动服务器，请稍后重试。",
        "look_again": "重新查看",
        "start": "启动",
        "starting": "服务器正在启动",
        "starting_help": "服务器就绪后，笔记本会自动打开。",
        "step": "第 {number} 步，共 {count} 步",
        "done": "已完成",
        "passed": "已用时 {seconds} 秒",
        "failed": "服务器未能启动",
        "log": "服务器最后输出的内容",
        "try_again": "重试",
        "choose_again": "重试或重新选择",
        "stopped": "服务器没有运行",
        "stopped_help": "文件都已保留。启动服务器即可继续。",
        "start_server": "启动服务器",
        "stopping": "服务器正在停止",
        "stopping_help": "停止后即可重新启动。",
        "refresh": "刷新",
    },
}
"""The pages' own words."""

STEPS: Sentences = {
    "making": {"en": "Making the container", "zh-CN": "创建容器"},
    "starting": {"en": "Starting it", "zh-CN": "启动容器"},
    "waiting": {"en": "Waiting until the notebook server answers", "zh-CN": "等待笔记本服务器响应"},
    "opening": {"en": "Opening the notebook", "zh-CN": "打开笔记本"},
}
"""What a start goes through, in order."""

REFUSALS: Sentences = {
    "not-this-image": {
        "en": "You cannot use the image “{name}”: it is not there, or not for your groups. Choose another one.",
        "zh-CN": "您不能使用镜像“{name}”：它不存在，或不对您所在的群组开放。请选择其他镜像。",
    },
    "not-this-size": {
        "en": "You cannot use the size “{name}”: it is not there, or not for your groups. Choose another one.",
        "zh-CN": "您不能使用规格“{name}”：它不存在，或不对您所在的群组开放。请选择其他规格。",
    },
    "no-image": {
        "en": "There is no notebook image for you yet. Ask whoever runs this server; if that is you: stackctl images list",
        "zh-CN": "目前没有可供您使用的镜像。请联系服务器管理员；如果您是管理员，请运行：stackctl images list",
    },
    "no-size": {
        "en": "There is no size for you yet. Ask whoever runs this server; if that is you: look into singleuser/sizes.yaml",
        "zh-CN": "目前没有可供您使用的规格。请联系服务器管理员；如果您是管理员，请查看 singleuser/sizes.yaml",
    },
    "unknown-option": {
        "en": "A server is started with an image and a size, and nothing else: {name} is not known.",
        "zh-CN": "启动服务器时只能指定镜像和规格，无法识别：{name}。",
    },
    "too-large": {
        "en": "This size needs {wanted} of memory, and all servers together may have {most} here. Choose a smaller size.",
        "zh-CN": "该规格需要 {wanted} 内存，而本服务器总共只提供 {most}。请选择更小的规格。",
    },
    "size-full": {
        "en": "This size is full: {count} of {count} are in use. Choose another size, or try again later.",
        "zh-CN": "该规格已满：{count} 个名额已全部占用。请选择其他规格，或稍后重试。",
    },
    "memory-full": {
        "en": "This size needs {wanted} of memory; {free} are left here. Choose a smaller size, or try again later.",
        "zh-CN": "该规格需要 {wanted} 内存，而服务器仅剩 {free}。请选择更小的规格，或稍后重试。",
    },
    "gpus-full": {
        "en": "GPUs that this size needs: {wanted}; free ones: {free}. Choose another size, or try again later.",
        "zh-CN": "该规格需要 {wanted} 个 GPU，目前空闲 {free} 个。请选择其他规格，或稍后重试。",
    },
}
"""Why a choice of an image and a size is refused, by kind of RefusedError."""

FULL: Sentences = {
    "too-large": {"en": "Needs {wanted}; this server has {most}.", "zh-CN": "需要 {wanted} 内存，本服务器只提供 {most}。"},
    "size-full": {"en": "In use: {count} of {count}.", "zh-CN": "{count} 个名额已全部占用。"},
    "memory-full": {"en": "Needs {wanted}; {free} are left.", "zh-CN": "需要 {wanted} 内存，仅剩 {free}。"},
    "gpus-full": {"en": "GPUs needed: {wanted}; free: {free}.", "zh-CN": "需要 {wanted} 个 GPU，空闲 {free} 个。"},
}
"""The same on the card of a size that has no room."""

FAILURES: Sentences = {
    "no-image-here": {
        "en": "The notebook image {name} is not on this server. Its operator makes it: stackctl up",
        "zh-CN": "本服务器上没有笔记本镜像 {name}。请服务器管理员运行：stackctl up",
    },
    "docker": {
        "en": "Docker did not start the notebook server: {reason}",
        "zh-CN": "Docker 未能启动笔记本服务器：{reason}",
    },
    "disk-full": {
        "en": "The disk of this server is full: no server can be started or stopped now. Ask whoever runs it; "
        "if that is you, see: docker system df",
        "zh-CN": "本服务器的磁盘已满，目前无法启动或停止服务器。请联系服务器管理员；"
        "如果您是管理员，请查看：docker system df",
    },
    "no-docker": {
        "en": "Docker does not answer on this server. Try again in a minute; if it stays, ask whoever runs this server.",
        "zh-CN": "本服务器上的 Docker 没有响应。请稍后重试；如果一直这样，请联系服务器管理员。",
    },
    "silent": {
        "en": "The notebook server did not answer on port {port} within {seconds} seconds.",
        "zh-CN": "笔记本服务器在 {seconds} 秒内没有在端口 {port} 上响应。",
    },
    "ended": {
        "en": "The notebook server ended while it started (exit code {code}).",
        "zh-CN": "笔记本服务器在启动过程中退出（退出代码 {code}）。",
    },
    "removed": {
        "en": "Somebody removed the notebook server's container while it started.",
        "zh-CN": "笔记本服务器的容器在启动过程中被删除。",
    },
    "unknown": {
        "en": "The hub could not start it: its log says why. Ask whoever runs this server; if it is you: stackctl logs hub",
        "zh-CN": "中心服务未能启动它，原因见其日志。请告知服务器管理员；如果您是管理员，请运行：stackctl logs hub",
    },
}
"""Why a server did not come up, by kind of StartFailedError; `unknown` for any other error."""
