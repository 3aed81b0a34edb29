import EventLoop

/// What goes back to the client: a whole reply, or one whose body comes in pieces.
extension HTTPConnection {
    /// For the client to read the reply and close.
    private static let lingering = Duration.seconds(2)
    /// A stream that has nothing to send.
    private static let never = Duration.seconds(1 << 40)

    // MARK: A whole reply

    func answered(_ reply: HTTPReply, exchange: Int) {
        guard exchange == self.exchange, case .route = phase else { return }
        answer(reply, closing: false)
        service()
    }

    func answer(_ reply: HTTPReply, closing: Bool) {
        closesAfterReply = closing || head?.closes == true || isDraining
        outbound = reply.serialized(withBody: head?.request.method != "HEAD", close: closesAfterReply)
        sent = 0
        head = nil
        enterReply()
    }

    private func enterReply() {
        phase = .reply
        deadline = EventLoop.now + (isDraining ? min(state.limits.closing, state.limits.slowReader) : state.limits.slowReader)
    }

    /// - Returns: whether the reply is out.
    func write() -> Bool {
        guard send(whileStuck: .writable) else { return false }
        outbound = []
        watcher?.watch(.readable)
        if closesAfterReply {
            linger()
        } else {
            phase = .head
            deadline = EventLoop.now + state.limits.keepAlive
        }
        return true
    }

    /// Our side is done; the client gets to read what it was sent.
    func linger() {
        wire.shutDown()
        phase = .lingering
        watcher?.watch(.readable)
        deadline = EventLoop.now + Self.lingering
    }

    /// - Returns: whether all of `outbound` is out; if not, the connection is over, or watched for `interest`.
    private func send(whileStuck interest: FileWatcher.Readiness) -> Bool {
        while sent < outbound.count {
            let transfer = unsafe outbound.withUnsafeBytes { unsafe wire.write(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
            switch transfer {
            case .bytes(let count):
                sent += count
                if !isDraining { deadline = EventLoop.now + state.limits.slowReader }
            case .wait:
                watcher?.watch(interest)
                return false
            case .ended:
                finish()
                return false
            }
        }
        return true
    }

    // MARK: A body in pieces

    func began(_ status: Int, _ headers: HTTPHeaders, _ queue: BodyQueue, exchange: Int) {
        guard exchange == self.exchange, case .route = phase, let head else { return queue.finish() }
        closesAfterReply = head.closes || head.isOld || isDraining
        let hasBody = head.request.method != "HEAD" && HTTPReply.hasBody(status)
        let isChunked = !head.isOld && HTTPReply.hasBody(status)
        outbound = HTTPReply.head(status, headers, framing: isChunked ? "Transfer-Encoding: chunked\r\n" : "", close: closesAfterReply)
        sent = 0
        self.head = nil
        if hasBody {
            state.counters.streams.increment()
            phase = .stream(queue, isChunked: isChunked)
            deadline = EventLoop.now + state.limits.slowReader
            if isDraining { endStream(queue) }
        } else {
            queue.finish()
            enterReply()
        }
        service()
    }

    /// The writer has something; on the loop.
    func flush() { service() }

    /// More waits than may.
    func overflowed(exchange: Int) {
        guard exchange == self.exchange, case .stream = phase else { return }
        drop()
    }

    /// Drops a reader that is too slow.
    func drop() {
        state.counters.streamsDropped.increment()
        finish()
    }

    /// Says that the body is complete, whatever its writer still means to say.
    func endStream(_ queue: BodyQueue) {
        closesAfterReply = true
        queue.end()
        service()
    }

    /// Sends what the writer has left there.
    /// - Returns: whether the body is complete, and the rest is a reply like any other.
    func stream(_ queue: BodyQueue, _ isChunked: Bool) -> Bool {
        let (bytes, isLast) = queue.take()
        if sent > 0 {
            outbound.removeSubrange(..<sent)
            sent = 0
        }
        let wasIdle = outbound.isEmpty
        if !bytes.isEmpty {
            if isChunked { outbound += Array("\(String(bytes.count, radix: 16))\r\n".utf8) }
            outbound += bytes
            if isChunked { outbound += [0x0D, 0x0A] }
        }
        if isLast {
            if isChunked { outbound += Array("0\r\n\r\n".utf8) }
            queue.finish()
            enterReply()
            return true
        }
        if wasIdle { deadline = EventLoop.now + state.limits.slowReader }
        // What is behind the request stays in the kernel; only the client's end is listened for.
        if wire.hasLeft {
            finish()
            return false
        }
        let isOut = send(whileStuck: wire.leavingInterest.union(.writable))
        guard case .stream = phase else { return false }
        queue.hold(outbound.count - sent)
        guard isOut else { return false }
        if outbound.capacity > 16_384 { outbound = [] } else { outbound.removeAll(keepingCapacity: true) }
        sent = 0
        deadline = Self.never
        watcher?.watch(wire.leavingInterest)
        return false
    }
}
