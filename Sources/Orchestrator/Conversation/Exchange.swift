/// One turn as it will be remembered: what was said, and how much of the answer was heard.
public struct Exchange: Sendable, Equatable {
    public var user: String
    public var reply: String
    /// What of the reply reached the caller's ear (FIELD 5); all of it until the channel says otherwise.
    public var heard: String
    public init(user: String, reply: String, heard: String) { (self.user, self.reply, self.heard) = (user, reply, heard) }
}
