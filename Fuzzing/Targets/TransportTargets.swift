import HTTPTransport
@testable import WebSocketTransport

let transportTargets = [
    FuzzTarget("http-head", upTo: 2_048, readHead),
    FuzzTarget("chunked-body", upTo: 1_024, readChunks),
    FuzzTarget("utf8", upTo: 128, checkUTF8),
    FuzzTarget("sse", upTo: 1_024, readEvents),
]

/// A head is judged by its own bytes: not by what follows it, and what it names is clean.
private func readHead(_ input: Span<UInt8>) {
    let bytes = input.array
    switch HTTPHead.parse(bytes, remoteAddress: "127.0.0.1") {
    case .incomplete: expect(bytes.count < HTTPHead.maximumBytes, "waits for more than \(HTTPHead.maximumBytes) bytes")
    case .invalid(let reply): expect((400..<600).contains(reply.status), "refused with \(reply.status)")
    case .head(let head):
        expect((1...bytes.count).contains(head.byteCount), "\(head.byteCount) bytes")
        if case .length(let length) = head.framing { expect(length >= 0, "a body of \(length) bytes") }
        expect(head.request.path.utf8.first == 0x2F, "path \(head.request.path)")
        expect(!head.request.path.utf8.contains(0), "a path with a zero")
        for field in head.request.headers.fields {
            let isToken = field.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#"(),/:;<=>?@[\]{}""#.utf8.contains($0) }
            expect(isToken && !field.name.isEmpty, "a field called \(field.name.debugDescription)")
            let isClean = field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            expect(isClean, "a field of \(field.value.debugDescription)")
        }
        _ = head.upgradeFault
        guard case .head(let again) = HTTPHead.parse(Array(bytes[..<head.byteCount]), remoteAddress: "127.0.0.1") else {
            return expect(false, "the head alone is none")
        }
        expect(
            again.byteCount == head.byteCount && again.request.path == head.request.path && again.request.headers == head.request.headers
                && again.framing == head.framing && again.closes == head.closes, "the head alone reads different")
        guard case .incomplete = HTTPHead.parse(Array(bytes[..<(head.byteCount - 1)]), remoteAddress: "127.0.0.1") else {
            return expect(false, "a head without its last byte is one")
        }
    }
}

/// The same body whatever pieces it comes in, never longer than its limit.
private func readChunks(_ input: Span<UInt8>) {
    guard input.count > 0 else { return }
    let limit = 200, piece = 1 + Int(input[0] % 16)
    func read(by step: Int) -> (outcome: ChunkedBody.Outcome, bytes: [UInt8]) {
        var body = ChunkedBody(limit: limit), start = 1, used = 0
        while start < input.count {
            let end = min(input.count, start + step)
            let outcome = unsafe body.read(input.extracting(start..<end).bytes)
            expect(body.bytes.count <= limit, "\(body.bytes.count) bytes")
            switch outcome {
            case .more: used += end - start
            case .complete(let count): return (.complete(used + count), body.bytes)
            case .broken: return (outcome, body.bytes)
            }
            start = end
        }
        return (.more, body.bytes)
    }
    let whole = read(by: max(1, input.count)), cut = read(by: piece)
    expect(whole.outcome == cut.outcome, "in one piece \(whole.outcome), in pieces of \(piece) \(cut.outcome)")
    if case .complete = whole.outcome { expect(whole.bytes == cut.bytes, "another body") }
}

/// The same verdict as the standard library's.
private func checkUTF8(_ input: Span<UInt8>) {
    let verdict = unsafe isValidUTF8(input.bytes)
    expect(verdict == (String(validating: input.array, as: UTF8.self) != nil), "\(verdict): \(input.array)")
}

/// The same events whatever pieces the stream comes in, within the limit.
private func readEvents(_ input: Span<UInt8>) {
    guard input.count > 0 else { return }
    let limit = 256, piece = 1 + Int(input[0] % 16)
    var whole = ServerSentEvents(maximumBytes: limit), cut = ServerSentEvents(maximumBytes: limit)
    var expected: [ServerSentEvents.Event] = [], events: [ServerSentEvents.Event] = []
    let ending = Result { () throws(ServerSentEvents.TooLarge) in try whole.read(input, appendTo: &expected) }
    var cutEnding: Result<Void, ServerSentEvents.TooLarge> = .success(())
    var start = 0
    while start < input.count, (try? cutEnding.get()) != nil {
        let end = min(input.count, start + piece)
        cutEnding = Result { () throws(ServerSentEvents.TooLarge) in try cut.read(input.extracting(start..<end), appendTo: &events) }
        start = end
    }
    expect(
        events == expected && whole.retry == cut.retry && ((try? ending.get()) == nil) == ((try? cutEnding.get()) == nil),
        "in pieces of \(piece): \(events), whole: \(expected)")
    // U+FFFD takes three bytes where one was broken.
    for event in events { expect(event.data.utf8.count <= limit * 3, "an event of \(event.data.utf8.count) bytes") }
}
