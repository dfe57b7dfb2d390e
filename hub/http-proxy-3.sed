# For dist/lib/http-proxy/passes/ws-incoming.js. An upgrade whose client goes away before it is answered leaves the request to
# the server open for ever, and a server that does not close its side keeps its connection: each takes descriptors. A client
# that sends something before the answer breaks RFC 6455, section 4.1, and its end would not be seen behind that.
s|^    proxyReq\.on("error", onOutgoingError);$|&\
    const abandon = () => {\
        proxyReq.off("error", onOutgoingError).once("error", () => { }).destroy();\
        socket.destroy();\
    };\
    for (const event of ["data", "end", "close"])\
        socket.once(event, abandon);|
s|^        log("upgrade");$|&\
        for (const event of ["data", "end", "close"])\
            socket.off(event, abandon);\
        socket.once("end", () => proxySocket.destroySoon());|
s|^            p\.end();$|            p.destroySoon();|
