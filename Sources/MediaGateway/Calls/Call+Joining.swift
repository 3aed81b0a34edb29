import Logging
import Orchestrator
import StreamingPipeline
import TextChannel

/// A caller who goes on with a chat: eight digits, keyed in, spoken or typed, bring the chat's conversation to the phone.
extension Call {
    /// Codes that a caller may get wrong.
    private static let maximumWrongCodes = 3

    /// An open question for a number comes first: its answer is no code.
    /// - Returns: whether the digits are a code; what is said next is then said in the chat's conversation.
    func join(code: String) -> Bool {
        guard joined == nil, !isNumberExpected, code.count == JoinCodes.digits, wrongCodes < Self.maximumWrongCodes else { return false }
        guard let open = services.findChat(code) else {
            wrongCodes += 1
            return false
        }
        forgetSpeech()
        ear?.cancel()
        interrupt()
        callerSpoke()
        state = .answering
        let mine = generation
        Task {
            do {
                let chat = try await open()
                guard state != .ended, mine == generation else { return await chat.leave() }
                enter(chat)
            } catch {
                logger.warning("a chat could not be joined", metadata: ["reason": "\(error)"])
                guard state != .ended, mine == generation else { return }
                answer(("", 0), times: nil) { conversation, turn in
                    await conversation.respond(
                        to: UserTurn("", channel: .voice, generation: turn.generation, confidence: 0, isUnintelligible: true), within: turn.deadline)
                }
            }
        }
        return true
    }

    private func enter(_ chat: JoinedChat) {
        let left = conversation
        Task { await left.end(reason: "joined_chat") }
        chat.attach(self)
        (joined, conversation) = (chat, chat.conversation)
        // What was cut off belonged to the conversation that was left.
        cutOff = nil
        // Turns are numbered by the conversation: what comes next is newer than what it knows.
        generation = max(generation, chat.generation)
        journal.joined(chat.conversation.id)
        services.events.emit(LifecycleEvent("call.joined", subject: identity.id, ["session": chat.conversation.id]))
        logger.info("call joined a chat", metadata: ["sessionID": "\(chat.conversation.id)"])
        answer(nil, times: nil) { conversation, _ in await conversation.welcomeBack() }
    }
}

/// Digits as people say a code: "four eight two nine, one five oh six", "double five", "4829 1506".
enum SpokenCode {
    private static let words: [String: String] = [
        "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "to": "2", "too": "2", "three": "3", "four": "4", "for": "4", "five": "5", "six": "6",
        "seven": "7", "eight": "8", "nine": "9",
    ]

    /// - Returns: `nil` unless the text is nothing but as many digits as a code has, with a word or two of politeness around them.
    static func digits(in text: String) -> String? {
        var digits = "", others = 0, times = 1
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            if word == "double" || word == "triple" {
                times = word == "double" ? 2 : 3
                continue
            }
            if word.allSatisfy({ $0.isASCII && $0.isNumber }) {
                digits += times > 1 && word.count == 1 ? String(repeating: String(word), count: times) : String(word)
            } else if let digit = words[String(word)] {
                digits += String(repeating: digit, count: times)
            } else {
                others += 1
            }
            times = 1
        }
        return digits.count == JoinCodes.digits && others <= 4 ? digits : nil
    }
}
