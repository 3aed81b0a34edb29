/// Reads one streamed answer in which the decision comes first and the reply's text last, so that speech can start while it is written.
///
/// The form is one JSON object, a line break, and the reply as plain text to the end:
///
///     {"intent":"bill","confidence":0.9,"entities":[],"workflow":null,"next_action":"answer","clarification_question":null}
///     Your bill is due on Friday.
///
/// Blanks in front, ```` ```json ```` fences and printed-out JSON are taken as well, and so is an object whose last member is `"reply"`: then
/// its text is the reply, and what follows the object is not used. Pieces may end anywhere. Nothing of the reply comes out before the
/// decision has.
public struct AnswerParser: Sendable {
    public enum Event: Sendable, Equatable {
        /// Once, before any text. Well-formed; whether the domain pack knows what it names is ``DecisionValidator``'s question.
        case decision(Decision)
        /// Further text of the reply; never empty.
        case reply(String)
    }
    public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        public enum Code: String, Sendable, CaseIterable {
            case malformed
            case tooLong = "too_long"
        }
        public var code: Code
        /// What was expected; nothing of what came.
        public var detail: String
        public var description: String { "\(code.rawValue): \(detail)" }
    }
    /// Bytes that the decision may have, and the reply.
    public static let maximumDecisionBytes = 16_384
    public static let maximumReplyBytes = 65_536

    private enum Phase {
        /// In front of the object; `backticks` in a row so far.
        case start(backticks: Int)
        /// On the line that opens a fence.
        case fence
        /// In the object.
        case object(ObjectScanner)
        /// Behind `"reply":`.
        case replyValue
        /// In the text of `"reply"`.
        case replyText(StringUnescaper)
        /// Behind that text; the object must close.
        case replyEnd
        /// Behind the object and in front of the text.
        case between(hasLineBreak: Bool, backticks: Int)
        /// In the plain text.
        case text
        /// The reply is complete, and what comes is not used.
        case over
        case failed(Failure)
    }
    private var phase = Phase.start(backticks: 0)
    private var object: [UInt8] = []
    private var replyBytes = 0
    /// Blanks, and backticks in an open fence: text only if text follows.
    private var held: [UInt8] = []
    private var isFenceOpen = false
    private var hasText = false

    public init() {}

    /// Reads the next piece.
    /// - Throws: ``Failure``; every later call throws it again. What else was in that piece is lost with it.
    public mutating func read(_ piece: String) throws(Failure) -> [Event] {
        if case .failed(let failure) = phase { throw failure }
        var events: [Event] = [], text: [UInt8] = []
        do throws(Failure) {
            for byte in piece.utf8 { try take(byte, &events, &text) }
        } catch {
            phase = .failed(error)
            throw error
        }
        // Whole scalars went in, and whole scalars come out.
        if !text.isEmpty { events.append(.reply(String(decoding: text, as: UTF8.self))) }
        return events
    }

    /// The answer is complete.
    /// - Throws: ``Failure`` when it ends before the decision does, or inside the text of `"reply"`.
    public mutating func finish() throws(Failure) {
        switch phase {
        case .failed(let failure): throw failure
        case .between, .text, .over: break
        case .start, .fence: throw fail("a decision")
        case .object: throw fail("the end of the decision")
        case .replyValue, .replyText, .replyEnd: throw fail("the end of the reply")
        }
    }

    private mutating func fail(_ expected: String, _ code: Failure.Code = .malformed) -> Failure {
        let failure = Failure(code: code, detail: "expected \(expected)")
        phase = .failed(failure)
        return failure
    }

    // MARK: Byte by byte

    private mutating func take(_ byte: UInt8, _ events: inout [Event], _ text: inout [UInt8]) throws(Failure) {
        switch phase {
        case .start(let backticks): try start(byte, backticks)
        case .fence: if byte == 0x0A { phase = .start(backticks: 0) }
        case .object(var scanner):
            guard object.count < Self.maximumDecisionBytes else { throw fail("at most \(Self.maximumDecisionBytes) bytes of decision", .tooLong) }
            object.append(byte)
            let found = scanner.take(byte, at: object.count - 1)
            phase = .object(scanner)
            switch found {
            case .nothing: break
            case .broken(let expected): throw fail(expected)
            case .end:
                events.append(.decision(try decision()))
                phase = .between(hasLineBreak: false, backticks: 0)
            case .replyMember(let start):
                object.replaceSubrange(start..., with: [UInt8(ascii: "}")])
                events.append(.decision(try decision()))
                phase = .replyValue
            }
        case .replyValue:
            if Self.isBlank(byte) { break }
            guard byte == UInt8(ascii: "\"") else { throw fail("the reply as a string") }
            phase = .replyText(StringUnescaper())
        case .replyText(var unescaper):
            let found = unescaper.take(byte)
            phase = .replyText(unescaper)
            switch found {
            case .nothing: break
            case .bytes(let bytes): for byte in bytes { try speak(byte, inFence: false, &text) }
            case .end: phase = .replyEnd
            case .broken(let expected): throw fail(expected)
            }
        case .replyEnd:
            if Self.isBlank(byte) { break }
            guard byte == UInt8(ascii: "}") else { throw fail("the reply as the last member") }
            phase = .over
        case .between(let hasLineBreak, let backticks): try between(byte, hasLineBreak, backticks, &text)
        case .text: try speak(byte, inFence: isFenceOpen, &text)
        case .over: break
        case .failed(let failure): throw failure
        }
    }

    private mutating func start(_ byte: UInt8, _ backticks: Int) throws(Failure) {
        switch byte {
        case UInt8(ascii: "{") where backticks == 0:
            object = [byte]
            phase = .object(ObjectScanner())
        case UInt8(ascii: "`") where backticks == 2 && !isFenceOpen:
            isFenceOpen = true
            phase = .fence
        case UInt8(ascii: "`") where !isFenceOpen: phase = .start(backticks: backticks + 1)
        // A byte order mark is a blank too.
        case _ where backticks == 0 && (Self.isBlank(byte) || (byte == 0xEF || byte == 0xBB || byte == 0xBF)): break
        default: throw fail("a decision")
        }
    }

    private mutating func between(_ byte: UInt8, _ hasLineBreak: Bool, _ backticks: Int, _ text: inout [UInt8]) throws(Failure) {
        if isFenceOpen, byte == UInt8(ascii: "`") {
            if backticks == 2 { isFenceOpen = false }
            phase = .between(hasLineBreak: false, backticks: (backticks + 1) % 3)
        } else if backticks > 0 {
            throw fail("the end of the fence")
        } else if Self.isBlank(byte) {
            phase = .between(hasLineBreak: hasLineBreak || byte == 0x0A, backticks: 0)
        } else {
            guard hasLineBreak else { throw fail("a line break behind the decision") }
            phase = .text
            try speak(byte, inFence: isFenceOpen, &text)
        }
    }

    /// Blanks around the reply are dropped, and the end of a fence around all.
    private mutating func speak(_ byte: UInt8, inFence: Bool, _ text: inout [UInt8]) throws(Failure) {
        replyBytes += 1
        guard replyBytes <= Self.maximumReplyBytes else { throw fail("at most \(Self.maximumReplyBytes) bytes of reply", .tooLong) }
        if Self.isBlank(byte) || (inFence && byte == UInt8(ascii: "`")) {
            held.append(byte)
        } else {
            if hasText { text += held }
            held.removeAll(keepingCapacity: true)
            hasText = true
            text.append(byte)
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private mutating func decision() throws(Failure) -> Decision {
        defer { object = [] }
        do { return try StrictDecision.read(object) } catch { throw fail("intent, confidence, entities, workflow, next_action, clarification_question") }
    }
}
