import CLibwebsockets
import EventLoop
import Glibc

/// libwebsockets on one event loop: one context, which serves and connects, and the table of its sockets.
///
/// The context joins the loop as a foreign libuv loop; it opens no listening socket and resolves no names. Loop-confined.
@safe final class LoopContext: LoopAttachment, LoopTicking {
    let loop: EventLoop
    private var sockets: [any LoopSocket] = []
    /// Where heads and bodies are read into.
    let readBuffer: UnsafeMutableRawBufferPointer
    private var context: OpaquePointer?
    private var libraryHandles: ForeignHandles?
    private var isEnding = false
    private var virtualHost: OpaquePointer?
    private var hasClientTLS = false
    /// Virtual hosts of the client role, by the file of authorities that they trust.
    private var authorities: [String: OpaquePointer] = unsafe [:]
    let handshakes = HandshakeQueue()
    /// The library wants the descriptions of protocols for as long as the context lives.
    private let protocols: UnsafeMutablePointer<lws_protocols>
    private var names: [UnsafeMutablePointer<CChar>]
    private let retry: UnsafeMutablePointer<lws_retry_bo_t>
    private let foreignLoops: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private var drains: [Drain] = []
    private var ticks = 0
    private var isNudged = false
    /// Where messages are copied that have no headroom of their own, or must stay as they are.
    var scratch = OutboundBuffer(capacity: 65_536 + 16)

    private struct Drain {
        let server: ServerState
        let done: () -> Void
    }

    /// Creating two contexts at once races inside the library and its plugin loader.
    private static let creation = PosixMutex(0)

    /// The context of `loop`, made on first use. On the loop only.
    static func of(_ loop: EventLoop) throws(WebSocketError) -> LoopContext {
        try loop.attachment(LoopContext.self) { () throws(WebSocketError) in try LoopContext(loop: loop) }
    }

    private init(loop: EventLoop) throws(WebSocketError) {
        self.loop = loop
        unsafe names = [strdup("gateway"), strdup("default")]
        unsafe protocols = .allocate(capacity: 2)
        unsafe protocols.initialize(repeating: lws_protocols(), count: 2)
        unsafe protocols[0].name = UnsafePointer(names[0])
        unsafe protocols[0].callback = socketCallback
        unsafe protocols[0].per_session_data_size = MemoryLayout<WebSocketSession>.size
        unsafe protocols[0].rx_buffer_size = 4_096
        // Else a write of more than 4 KB goes out in portions of that, and the socket looks stuck.
        unsafe protocols[0].tx_packet_size = 1 << 20
        // Zeros: pings and idle times are ours.
        unsafe retry = .allocate(capacity: 1)
        unsafe retry.initialize(to: lws_retry_bo_t())
        unsafe foreignLoops = .allocate(capacity: 1)
        unsafe foreignLoops.initialize(to: loop.foreignLoop)
        unsafe readBuffer = .allocate(byteCount: HTTPHead.maximumBytes, alignment: 16)
        _ = LibraryLog.install
        libraryHandles = loop.collectingHandles {
            Self.creation.withLock { count in
                create(isFirst: count == 0)
                count += 1
            }
        }
        guard unsafe context != nil, unsafe virtualHost != nil else {
            throw WebSocketError(.libraryUnavailable, "libwebsockets cannot start on an event loop; is its libuv plugin installed?")
        }
        loop.addTick(self)
    }

    private func create(isFirst: Bool) {
        var info = unsafe creationInfo()
        // The library numbers its place in OpenSSL's sessions anew with each context that it starts TLS for, in a variable of the
        // process: a handshake under way on another loop would not find itself again. The first context's numbers serve all.
        if !isFirst { unsafe info.options &= ~mg_lws_tls }
        unsafe context = lws_create_context(&info)
        guard let context = unsafe context else { return }
        // Without TLS: the system's certificates take memory and time, and most loops never connect to anybody.
        unsafe info.options = 0
        unsafe virtualHost = lws_create_vhost(context, &info)
    }

    @unsafe private func creationInfo() -> lws_context_creation_info {
        /// Beyond every deadline of ours, which alone decide.
        let never: UInt32 = 86_400
        var info = unsafe lws_context_creation_info()
        unsafe info.port = CONTEXT_PORT_NO_LISTEN_SERVER
        unsafe info.protocols = UnsafePointer(protocols)
        unsafe info.options = mg_lws_context_options
        unsafe info.foreign_loops = foreignLoops
        unsafe info.vhost_name = UnsafePointer(names[1])
        unsafe info.pt_serv_buf_size = 8_192
        unsafe info.max_http_header_data = 16_384
        unsafe info.timeout_secs = never
        unsafe info.timeout_secs_ah_idle = never
        unsafe info.keepalive_timeout = CInt(never)
        unsafe info.retry_and_idle_policy = UnsafePointer(retry)
        unsafe info.gid = -1
        unsafe info.uid = -1
        unsafe info.user = Unmanaged.passUnretained(self).toOpaque()
        return unsafe info
    }

    deinit {
        while let name = unsafe names.popLast() { unsafe free(name) }
        unsafe protocols.deallocate()
        unsafe retry.deallocate()
        unsafe foreignLoops.deallocate()
        unsafe readBuffer.deallocate()
    }

    // MARK: Sockets

    /// Takes a socket that was accepted for `server`.
    func accept(_ descriptor: CInt, for server: ServerState) {
        insert(HTTPConnection(context: self, descriptor: descriptor, server: server))
    }

    /// Hands a socket whose handshake is next to the library.
    /// - Parameter holdsPlace: whether it is the client's own socket, which counts.
    func adopt(
        _ descriptor: CInt, for server: ServerState, request: HTTPRequest, handler: any WebSocketHandler, holdsPlace: Bool = true
    ) {
        guard let virtualHost = unsafe virtualHost, unsafe context != nil else {
            AcceptingThread.discard(descriptor)
            if holdsPlace { server.budget.release() }
            return
        }
        let record = SocketRecord(
            context: self, server: server, limits: server.limits, counters: server.counters, request: request, handler: handler,
            holdsPlace: holdsPlace)
        insert(record)
        record.enter(.opening, within: server.limits.head)
        var info = unsafe lws_adopt_desc_t()
        unsafe info.vh = virtualHost
        unsafe info.type = lws_adoption_type(LWS_ADOPT_SOCKET.rawValue | LWS_ADOPT_HTTP.rawValue)
        unsafe info.fd.sockfd = descriptor
        unsafe info.opaque = Unmanaged.passRetained(record).toOpaque()
        unsafe record.socket = lws_adopt_descriptor_vhost_via_info(&info)
        // The library closed the descriptor; WSI_DESTROY may still follow, and needs its reference.
        if unsafe record.socket == nil { remove(record, isClosed: true) }
    }

    func insert(_ socket: any LoopSocket) {
        socket.index = sockets.count
        sockets.append(socket)
        loop.connectionOpened()
    }

    /// Once for each socket; the second time nothing happens.
    /// - Parameter isClosed: false when it goes on as something else.
    func remove(_ socket: any LoopSocket, isClosed: Bool) {
        guard socket.index < sockets.count, sockets[socket.index] === socket else { return }
        let last = sockets.removeLast()
        if last !== socket {
            sockets[socket.index] = last
            last.index = socket.index
        }
        loop.connectionClosed()
        guard isClosed else { return }
        if socket.holdsPlace { socket.server?.budget.release() }
        finishDrains()
        finishEnd()
    }

    /// The library's client, for ``WebSocketClient``.
    /// - Parameter authorityFile: PEM of the authorities to trust, instead of the system's.
    @unsafe func connect(_ info: inout lws_client_connect_info, authorityFile: String?) -> OpaquePointer? {
        guard let context = unsafe context, let host = unsafe clientHost(usesTLS: info.ssl_connection != 0, authorityFile) else { return nil }
        unsafe info.context = context
        unsafe info.vhost = host
        unsafe info.local_protocol_name = UnsafePointer(names[0])
        let socket = unsafe lws_client_connect_via_info(&info)
        nudge()
        return unsafe socket
    }

    /// The virtual host with the right authorities: the library keeps them there.
    @unsafe private func clientHost(usesTLS: Bool, _ authorityFile: String?) -> OpaquePointer? {
        guard usesTLS else { return unsafe virtualHost }
        if let authorityFile {
            if let known = unsafe authorities[authorityFile] { return unsafe known }
            guard let file = unsafe strdup(authorityFile), let name = unsafe strdup("authority-\(authorities.count)") else { return nil }
            unsafe names += [file, name]  // kept: the library copies neither
            var info = unsafe creationInfo()
            unsafe info.options = mg_lws_tls | mg_lws_own_authorities
            unsafe info.vhost_name = UnsafePointer(name)
            unsafe info.client_ssl_ca_filepath = UnsafePointer(file)
            guard let host = unsafe lws_create_vhost(context, &info) else { return nil }
            guard unsafe lws_init_vhost_client_ssl(&info, host) == 0 else { return nil }
            unsafe authorities[authorityFile] = host
            return unsafe host
        }
        if !hasClientTLS {
            var tls = unsafe lws_context_creation_info()
            unsafe tls.options = mg_lws_tls
            guard unsafe lws_init_vhost_client_ssl(&tls, virtualHost) == 0 else { return nil }
            hasClientTLS = true
        }
        return unsafe virtualHost
    }

    /// What was asked of the library from outside its callbacks takes effect when its own timers are looked at: make it look.
    func nudge() {
        guard !isNudged, let context = unsafe context else { return }
        isNudged = true
        unsafe lws_cancel_service(context)
    }

    /// EVENT_WAIT_CANCELLED.
    func nudged() { isNudged = false }

    // MARK: Ends

    /// Closes what belongs to `server`: WebSockets with `code`, requests once they are answered, the rest at once.
    /// - Parameter done: called when none is left, which ``TransportLimits/closing`` bounds.
    func drain(_ server: ServerState, code: Int, reason: String, done: @escaping () -> Void) {
        for socket in sockets where socket.server === server { socket.drain(code: code, reason: reason) }
        drains.append(Drain(server: server, done: done))
        finishDrains()
    }

    private func finishDrains() {
        guard !drains.isEmpty else { return }
        let finished = drains.filter { drain in !sockets.contains { $0.server === drain.server } }
        drains.removeAll { drain in finished.contains { $0.server === drain.server } }
        for drain in finished { drain.done() }
    }

    func tick(now: Duration) {
        handshakes.tick()
        ticks &+= 1
        // A fifth each time: thousands of sockets at once would hold the loop up for a millisecond.
        loop.doing("sweep of the sockets") {
            let all = sockets
            for index in stride(from: ticks % Self.sweepTicks, to: all.count, by: Self.sweepTicks) { all[index].sweep(now: now) }
        }
    }

    /// Ticks of 20 ms from one sweep of a socket to its next.
    private static let sweepTicks = 5

    // MARK: The loop's end

    /// Contexts of loops that have ended; see ``loopDidEnd()``.
    private static let parked = PosixMutex<[UInt]>([])

    func loopWillEnd() {
        loop.removeTick(self)
        isEnding = true
        for socket in sockets { socket.abort() }
        finishEnd()
    }

    /// When the last socket is gone.
    private func finishEnd() {
        guard isEnding, sockets.isEmpty else { return }
        libraryHandles?.close()
        libraryHandles = nil
    }

    /// The context is not destroyed but put aside: `lws_context_destroy` (4.1.6, with libuv) closes its event pipe's descriptor twice
    /// (`lws_plat_pipe_close`, and again `__lws_close_free_wsi_final`), and by then the number may be another thread's socket or file.
    func loopDidEnd() {
        if let context = unsafe context { Self.parked.withLock { $0.append(UInt(bitPattern: context)) } }
        unsafe context = nil
        for drain in drains { drain.done() }
        drains = []
    }
}
