import AudioCodec
import Orchestrator
import TextChannel
import WireJSON
@testable import MediaGateway

let textTargets = [
    FuzzTarget("chat-request", upTo: 1_024, readChatRequest),
    FuzzTarget("chat-event", upTo: 1_024) { _ = try? ChatEvent(parsing: $0) },
    FuzzTarget("audio-control", upTo: 1_024) { _ = try? AudioMessage(parsing: $0) },
    FuzzTarget("opus", upTo: 512, receiveOpus),
    FuzzTarget("ogg", upTo: 4_096, readOgg),
    FuzzTarget("model-answer", upTo: 1_024, readModelAnswer),
]

/// The same decision and the same words whatever pieces they come in; no word before the decision.
private func readModelAnswer(_ input: Span<UInt8>) {
    guard input.count > 0 else { return }
    let step = 1 + Int(input[0] % 16)
    let text = Array(String(decoding: input.array.dropFirst(), as: UTF8.self).unicodeScalars)
    func read(by step: Int) -> (decision: Decision?, words: String, isWhole: Bool) {
        var parser = AnswerParser(), decision: Decision?, words = ""
        do {
            for start in stride(from: 0, to: text.count, by: step) {
                var piece = ""
                piece.unicodeScalars.append(contentsOf: text[start..<min(text.count, start + step)])
                for event in try parser.read(piece) {
                    switch event {
                    case .decision(let found):
                        expect(decision == nil, "a second decision")
                        decision = found
                    case .reply(let more):
                        expect(decision != nil, "words before the decision")
                        words += more
                    }
                }
            }
            try parser.finish()
            return (decision, words, true)
        } catch {
            return (nil, "", false)
        }
    }
    let whole = read(by: max(1, text.count)), cut = read(by: step)
    expect(
        whole.isWhole == cut.isWhole && whole.words.unicodeScalars.elementsEqual(cut.words.unicodeScalars) && whole.decision == cut.decision,
        "in pieces of \(step) it reads different")
}

/// What is taken is within its bounds; what is no JSON object is the message itself.
private func readChatRequest(_ frame: Span<UInt8>) {
    let longest = 200
    guard let request = try? ChatRequest(parsing: frame, longest: longest) else { return }
    switch request {
    case .message(let message):
        expect((1...longest).contains(message.text.utf8.count), "a text of \(message.text.utf8.count) bytes")
        expect((message.id?.utf8.count ?? 1) <= ChatRequest.longestID, "a long id")
    case .feedback(let feedback): expect(ChatRequest.scores.contains(feedback.score), "score \(feedback.score)")
    case .hello, .cancel, .handoff, .code, .ping: break
    }
}

/// A stream of packets, each behind its length: what the inspection takes decodes to as many samples as it says, or is refused whole.
private func receiveOpus(_ input: Span<UInt8>) {
    let rates = SampleRate.allCases
    guard input.count > 1, var receiver = try? OpusReceiver(sampleRate: rates[Int(input[0]) % rates.count]) else { return }
    var at = 1
    while at < input.count {
        let length = min(Int(input[at]), input.count - at - 1)
        let packet = input.extracting(at + 1..<at + 1 + length)
        var samples = 0
        let said = OpusPacket(packet)?.samples(at: receiver.sampleRate)
        let isTaken = (try? receiver.receive(packet, lost: Int(input[at]) % 3) { samples += $0.count }) != nil
        if isTaken { expect(said != nil && samples >= said ?? 0, "a packet of \(said ?? -1) samples gave \(samples)") }
        at += 1 + length
    }
}

/// What is read survives being written and read again.
private func readOgg(_ input: Span<UInt8>) {
    guard let file = try? OggOpusFile(bytes: input.array) else { return }
    let again = try? OggOpusFile(bytes: file.encoded())
    expect(again?.packets == file.packets && again?.preSkip == file.preSkip, "written and read again it differs")
    if file.packets.count < 64 { _ = try? file.samples(at: .hz16000) }
}
