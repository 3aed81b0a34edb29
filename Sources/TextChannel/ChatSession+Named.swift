/// Messages that the client named: one that is sent again is not answered twice.
extension ChatSession {
    private static let maximumNamed = 8

    /// Knows the message again when it is sent again; the oldest gives way.
    func note(_ message: ChatRequest.Message, from device: ObjectIdentifier?) {
        if named.count == Self.maximumNamed { named.removeFirst().waiting.forEach { $0.resume(returning: .failure(Self.takenBack)) } }
        named.append(Named(message: message, device: device))
    }

    /// A client that lost its connection sends again what it named: from the device that sent it first it is another message.
    /// - Returns: whether the answer is known, or on its way.
    func sentAgain(_ message: ChatRequest.Message, from device: (any ChatDevice)?, _ answer: Answer?) -> Bool {
        let source = device.map { ObjectIdentifier($0) }
        guard let id = message.id,
            let index = named.lastIndex(where: { $0.message.id == id && $0.message.text == message.text && ($0.device == nil || $0.device != source) })
        else { return false }
        if let known = named[index].answer {
            device?.deliver(.message(known))
            answer?.resume(returning: .success(known))
        } else if let answer {
            named[index].waiting.append(answer)
        }
        return true
    }

    /// The answer to a message, for those who asked again; none when it was taken back.
    func settle(_ message: ChatRequest.Message, _ answer: ChatEvent.Message?) {
        guard message.id != nil, let index = named.lastIndex(where: { $0.message == message }) else { return }
        let waiting = named[index].waiting
        for late in waiting { late.resume(returning: answer.map { .success($0) } ?? .failure(Self.takenBack)) }
        if let answer, answer.source != ChatEvent.Message.cancelled {
            (named[index].answer, named[index].waiting) = (answer, [])
        } else {
            named.remove(at: index)
        }
    }
}
