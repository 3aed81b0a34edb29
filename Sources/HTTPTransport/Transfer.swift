import CCurl
import EventLoop

/// One request under way on a loop: an easy handle, its deadlines, and who waits. Loop-confined but for its making.
@safe final class Transfer: @unchecked Sendable {
    private let request: HTTPClient.Request
    private let target: RequestTarget
    private let addresses: [String]
    private let deadline: Duration
    private let configuration: HTTPClient.Configuration
    private let delivery: any BodyDelivery

    private var multi: CurlMulti?
    private var easy: UnsafeMutableRawPointer?
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var resolution: UnsafeMutablePointer<curl_slist>?
    private var continuation: CheckedContinuation<Result<HTTPClient.Head, HTTPError>, Never>?
    private var timers: [LoopTimer] = []
    private var head = HTTPClient.Head(status: 0, headers: [])
    private var isHeadComplete = false
    private var isOver = false
    /// Found out inside curl's callbacks, which can only break off.
    private var failure: HTTPError?

    init(
        _ request: HTTPClient.Request, _ target: RequestTarget, _ addresses: [String], deadline: Duration,
        _ configuration: HTTPClient.Configuration, _ delivery: any BodyDelivery
    ) {
        (self.request, self.target, self.addresses, self.deadline) = (request, target, addresses, deadline)
        (self.configuration, self.delivery) = (configuration, delivery)
    }

    // MARK: Life

    func start(on loop: EventLoop, _ continuation: CheckedContinuation<Result<HTTPClient.Head, HTTPError>, Never>) {
        guard !isOver else { return continuation.resume(returning: .failure(HTTPError(.cancelled, target.description))) }
        self.continuation = continuation
        let multi = CurlMulti.of(loop)
        guard multi.activeCount < configuration.maximumConcurrent, let easy = unsafe multi.easyHandle() else {
            return finish(HTTPError(.overloaded, target.description))
        }
        self.multi = multi
        unsafe self.easy = easy
        unsafe prepare(easy)
        delivery.begin(
            TransferControl(
                resume: { loop.post { self.resume() } },
                cancel: { loop.post { self.cancel() } }))
        timers.append(loop.after(max(.zero, deadline - EventLoop.now)) { [weak self] in self?.expire("no end in time") })
        if let firstByte = configuration.firstByteTimeout {
            timers.append(
                loop.after(firstByte) { [weak self] in
                    guard let self, !self.isHeadComplete else { return }
                    self.expire("no answer in time")
                })
        }
        unsafe multi.add(self, easy)
    }

    /// Synchronous: no callback of this request runs afterwards.
    func cancel() { finish(HTTPError(.cancelled, target.description)) }

    private func expire(_ detail: String) { finish(HTTPError(.timedOut, target.description, detail)) }

    /// curl is through with it.
    func completed(_ status: CURLcode) {
        finish(status == CURLE_OK ? nil : failure ?? HTTPError(curl: status, target.description))
    }

    private func finish(_ failure: HTTPError?) {
        guard !isOver else { return }
        isOver = true
        for timer in timers { timer.cancel() }
        timers = []
        if let easy = unsafe easy { unsafe multi?.remove(self, easy) }
        unsafe easy = nil
        multi = nil
        unsafe curl_slist_free_all(headers)
        unsafe curl_slist_free_all(resolution)
        delivery.end(failure)
        continuation?.resume(returning: failure.map { .failure($0) } ?? .success(head))
        continuation = nil
    }

    private func resume() {
        guard let easy = unsafe easy else { return }
        unsafe curl_easy_pause(easy, CURLPAUSE_CONT)
        multi?.reapSoon()
    }

    // MARK: Options

    @unsafe private func prepare(_ easy: UnsafeMutableRawPointer) {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe mg_curl_set_pointer(easy, CURLOPT_PRIVATE, me)
        unsafe mg_curl_set_pointer(easy, CURLOPT_WRITEDATA, me)
        unsafe mg_curl_set_pointer(easy, CURLOPT_HEADERDATA, me)
        unsafe mg_curl_set_data(easy, CURLOPT_WRITEFUNCTION, receiveBody)
        unsafe mg_curl_set_data(easy, CURLOPT_HEADERFUNCTION, receiveHeader)
        unsafe mg_curl_set_string(easy, CURLOPT_URL, request.url)
        unsafe mg_curl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        unsafe mg_curl_set_string(easy, CURLOPT_PROXY, "")  // names are ours to resolve
        unsafe mg_curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        unsafe mg_curl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        unsafe mg_curl_set_long(easy, CURLOPT_TCP_NODELAY, 1)
        unsafe mg_curl_set_long(easy, CURLOPT_TCP_KEEPALIVE, 1)
        unsafe mg_curl_set_long(easy, CURLOPT_HTTP_VERSION, mg_curl_version_2tls)
        unsafe mg_curl_set_long(easy, CURLOPT_PIPEWAIT, request.url.hasPrefix("https") ? 1 : 0)
        unsafe mg_curl_set_long(easy, CURLOPT_MAXAGE_CONN, 3_600)
        unsafe mg_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(configuration.connectTimeout / .milliseconds(1))))
        if let file = configuration.certificateFile { unsafe mg_curl_set_string(easy, CURLOPT_CAINFO, file) }

        // A numeric address is its own answer, and an IPv6 one cannot stand in front of that option's colon.
        if addresses != [target.host] {
            // The `+` lets the entry age like any other, so that a later answer of our resolver counts.
            let numeric = addresses.map { $0.contains(":") ? "[\($0)]" : $0 }.joined(separator: ",")
            unsafe resolution = curl_slist_append(nil, "+\(target.host):\(target.port):\(numeric)")
            unsafe mg_curl_set_list(easy, CURLOPT_RESOLVE, resolution)
        }

        for (name, value) in request.headers { unsafe headers = curl_slist_append(headers, "\(name): \(value)") }
        unsafe headers = curl_slist_append(headers, "Expect:")
        // curl would call every body a form.
        if !request.headers.contains(where: { $0.0.lowercased() == "content-type" }) { unsafe headers = curl_slist_append(headers, "Content-Type:") }
        unsafe mg_curl_set_list(easy, CURLOPT_HTTPHEADER, headers)

        unsafe prepareMethod(easy)
    }

    @unsafe private func prepareMethod(_ easy: UnsafeMutableRawPointer) {
        switch request.method {
        case "GET" where request.body.isEmpty: unsafe mg_curl_set_long(easy, CURLOPT_HTTPGET, 1)
        case "HEAD": unsafe mg_curl_set_long(easy, CURLOPT_NOBODY, 1)
        default:
            unsafe mg_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
            // An empty body needs a pointer too.
            let body = request.body.isEmpty ? [0] : request.body
            _ = unsafe body.withUnsafeBytes { unsafe mg_curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }
            unsafe mg_curl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    // MARK: From curl

    /// One header line, the empty one at the end included. An interim response (1xx) is followed by another head.
    func headerLine(_ line: String) {
        if line.hasPrefix("HTTP/") {
            head = HTTPClient.Head(status: Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0, headers: [])
        } else if line.isEmpty {
            guard head.status >= 200 else { return }
            isHeadComplete = true
            if !delivery.isAwaitedWhole {
                continuation?.resume(returning: .success(head))
                continuation = nil
            }
        } else if let colon = line.firstIndex(of: ":"), head.headers.count < 256 {
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            head.headers.append((line[..<colon].lowercased(), String(value)))
        }
    }

    /// - Returns: bytes taken; less than all of them breaks the transfer off.
    @unsafe func body(_ bytes: UnsafeRawBufferPointer) -> Int {
        switch unsafe delivery.receive(bytes) {
        case .taken: return bytes.count
        case .wait: return mg_curl_pause
        case .tooLarge:
            failure = HTTPError(.tooLarge, target.description, "more than \(configuration.maximumBodyBytes) bytes")
            return 0
        }
    }
}

private func receiveBody(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ user: UnsafeMutableRawPointer?
) -> Int {
    guard let user = unsafe user else { return 0 }
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(user).takeUnretainedValue()
    return unsafe transfer.body(UnsafeRawBufferPointer(start: data, count: size * count))
}

private func receiveHeader(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ user: UnsafeMutableRawPointer?
) -> Int {
    guard let user = unsafe user else { return 0 }
    let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size * count)
    let line = unsafe String(decoding: bytes, as: UTF8.self)
    let transfer = unsafe Unmanaged<Transfer>.fromOpaque(user).takeUnretainedValue()
    transfer.headerLine(String(line.prefix { !$0.isNewline }))
    return size * count
}
