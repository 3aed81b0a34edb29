@testable import LanguageModels
@testable import Orchestrator

let modelTargets: [FuzzTarget] = [
    FuzzTarget("answer-clauses", upTo: 2_048, sayAnswer),
    FuzzTarget("remote-answer", upTo: 2_048, readRemoteAnswer),
]

/// The clauses of a text are the text, and what is said of them is bounded.
private func sayAnswer(_ input: Span<UInt8>) {
    guard input.count > 0 else { return }
    let step = 1 + Int(input[0] % 16), channel = input[0] < 128 ? Channel.voice : .chat
    let text = Array(String(decoding: input.array.dropFirst(), as: UTF8.self).unicodeScalars)
    var reader = ClauseReader(), shaper = AnswerShaper(for: channel), read = String.UnicodeScalarView(), said = 0
    func take(_ clauses: String?) {
        guard let clauses else { return }
        read.append(contentsOf: clauses.unicodeScalars)
        said += shaper.take(clauses)?.count ?? 0
    }
    for start in stride(from: 0, to: text.count, by: step) {
        var piece = ""
        piece.unicodeScalars.append(contentsOf: text[start..<min(text.count, start + step)])
        take(reader.take(piece))
    }
    take(reader.rest())
    expect(Array(read) == text, "the clauses are another text")
    expect(said <= DirectAnswer.Limits.ofModels(channel).characters, "\(said) characters are said")
}

/// The same events in whatever pieces an answer comes; names that are names, text that is bounded.
private func readRemoteAnswer(_ input: Span<UInt8>) {
    guard input.count > 0 else { return }
    let step = 1 + Int(input[0] % 32), bytes = Array(input.array.dropFirst())
    let type = input[0] < 192 ? "text/event-stream" : "application/json"
    func read(by step: Int) -> (events: [RemoteEvent], isWhole: Bool) {
        var events: [RemoteEvent] = []
        do {
            var answer = try RemoteAnswer(contentType: type)
            for start in stride(from: 0, to: bytes.count, by: step) {
                try answer.read(Array(bytes[start..<min(bytes.count, start + step)]), appendTo: &events)
            }
            try answer.end(appendTo: &events)
        } catch { return (events, false) }
        return (events, true)
    }
    let whole = read(by: max(1, bytes.count)), pieces = read(by: step)
    expect(whole.isWhole == pieces.isWhole, "whole \(whole.isWhole), in pieces \(pieces.isWhole)")
    if whole.isWhole { expect(whole.events == pieces.events, "\(whole.events) and, in pieces, \(pieces.events)") }
    for event in whole.events {
        switch event {
        case .text(let text): expect(!text.isEmpty && text.utf8.count <= RemoteAnswer.maximumTextBytes, "a text of \(text.utf8.count) bytes")
        case .progress(let name, let percent, _): expect(!name.isEmpty && name.utf8.count <= 64 && (0...100).contains(percent ?? 0), "\(event)")
        case .transition(let to, _): expect(!to.isEmpty && to.utf8.count <= 64, "\(event)")
        case .handoff(let reason), .end(let reason): expect(reason.count <= 100, "\(event)")
        }
    }
}
