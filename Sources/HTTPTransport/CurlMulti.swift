import CCurl
import EventLoop

/// curl's multi interface on one event loop: its sockets are watched there, its one timer runs there, and its connections stay there.
///
/// Loop-confined.
@safe final class CurlMulti: LoopAttachment {
    private let multi: UnsafeMutableRawPointer
    private let loop: EventLoop
    private var timer: PreciseTimer?
    private var watchers: [CInt: FileWatcher] = [:]
    /// Handles to use again: options are reset, memory and TLS sessions stay.
    private var idle: [UnsafeMutableRawPointer]
    /// Requests under way, kept alive: curl holds bare pointers to them.
    private var active: [ObjectIdentifier: Transfer] = [:]

    private static let maximumIdleHandles = 32
    private static let setUp: Void = { _ = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()

    static func of(_ loop: EventLoop) -> CurlMulti {
        loop.attachment(CurlMulti.self) { CurlMulti(loop: loop) }
    }

    private init(loop: EventLoop) {
        _ = Self.setUp
        self.loop = loop
        unsafe multi = curl_multi_init()
        unsafe idle = []
        timer = PreciseTimer(on: loop) { [unowned self] in unsafe act(mg_curl_timeout, 0) }
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe mg_curlm_set_pointer(multi, CURLMOPT_SOCKETDATA, me)
        unsafe mg_curlm_set_pointer(multi, CURLMOPT_TIMERDATA, me)
        unsafe mg_curlm_set_long(multi, CURLMOPT_PIPELINING, mg_curl_multiplex)
        // Too small a pool makes concurrent HTTP/2 streams open a connection each.
        unsafe mg_curlm_set_long(multi, CURLMOPT_MAXCONNECTS, 1_024)
        unsafe mg_curlm_set_socket(multi) { _, socket, what, user, _ in
            guard let user = unsafe user else { return -1 }
            unsafe Unmanaged<CurlMulti>.fromOpaque(user).takeUnretainedValue().watch(socket, what)
            return 0
        }
        unsafe mg_curlm_set_timer(multi) { _, milliseconds, user in
            guard let user = unsafe user else { return -1 }
            let multi = unsafe Unmanaged<CurlMulti>.fromOpaque(user).takeUnretainedValue()
            // Never act from in here; 0 is the loop's next turn.
            if milliseconds < 0 { multi.timer?.stop() } else { multi.timer?.start(milliseconds: UInt64(milliseconds)) }
            return 0
        }
    }

    var activeCount: Int { active.count }

    @unsafe func easyHandle() -> UnsafeMutableRawPointer? { unsafe idle.popLast() ?? curl_easy_init() }

    @unsafe func add(_ transfer: Transfer, _ easy: UnsafeMutableRawPointer) {
        active[ObjectIdentifier(transfer)] = transfer
        unsafe curl_multi_add_handle(multi, easy)
    }

    /// Takes the request off its connection, whatever state it is in; the handle is the multi's again.
    @unsafe func remove(_ transfer: Transfer, _ easy: UnsafeMutableRawPointer) {
        if active.removeValue(forKey: ObjectIdentifier(transfer)) != nil { unsafe curl_multi_remove_handle(multi, easy) }
        if unsafe idle.count < Self.maximumIdleHandles {
            unsafe curl_easy_reset(easy)
            unsafe idle.append(easy)
        } else {
            unsafe curl_easy_cleanup(easy)
        }
    }

    /// After something was asked of a handle from outside.
    func reapSoon() { timer?.start(milliseconds: 0) }

    private func watch(_ socket: CInt, _ what: CInt) {
        guard what != CURL_POLL_REMOVE else {
            watchers.removeValue(forKey: socket)?.close()
            return
        }
        var interest: FileWatcher.Readiness = []
        if what & CURL_POLL_IN != 0 { interest.insert(.readable) }
        if what & CURL_POLL_OUT != 0 { interest.insert(.writable) }
        let watcher =
            watchers[socket]
            ?? FileWatcher(socket, on: loop) { [unowned self] ready in
                var flags: CInt = 0
                if ready.contains(.readable) { flags |= CURL_CSELECT_IN }
                if ready.contains(.writable) { flags |= CURL_CSELECT_OUT }
                if ready.contains(.failed) { flags |= CURL_CSELECT_ERR }
                unsafe act(socket, flags)
            }
        watchers[socket] = watcher
        watcher.watch(interest)
    }

    @unsafe private func act(_ socket: curl_socket_t, _ flags: CInt) {
        var running: CInt = 0
        unsafe curl_multi_socket_action(multi, socket, flags, &running)
        var left: CInt = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle else { continue }
            let status = unsafe mg_curl_message_result(message)
            var user: UnsafeMutableRawPointer?
            unsafe mg_curl_get_pointer(easy, CURLINFO_PRIVATE, &user)
            if let user = unsafe user { unsafe Unmanaged<Transfer>.fromOpaque(user).takeUnretainedValue().completed(status) }
        }
    }

    // MARK: The loop's end

    func loopWillEnd() {
        for transfer in active.values { transfer.cancel() }
        while let easy = unsafe idle.popLast() { unsafe curl_easy_cleanup(easy) }
        unsafe curl_multi_cleanup(multi)
        for watcher in watchers.values { watcher.close() }
        watchers = [:]
        timer?.close()
        timer = nil
    }

    func loopDidEnd() {}
}
