/// What a transport keeps on a loop: one of its kind, shared by all who use that transport there.
package protocol LoopAttachment: AnyObject {
    /// On the loop, once, when it is about to end: close every handle that was put on it.
    func loopWillEnd()
    /// On the loop's thread, once no handle is left: free what the handles pointed at.
    func loopDidEnd()
}

extension EventLoop {
    /// The loop's attachment of this type, made on first use. On the loop only.
    package func attachment<Attachment: LoopAttachment, Failure: Error>(
        _ type: Attachment.Type, make: () throws(Failure) -> Attachment
    ) throws(Failure) -> Attachment {
        preconditionOnLoop()
        let key = ObjectIdentifier(type)
        for attachment in attachments where attachment.key == key {
            if let found = attachment.value as? Attachment { return found }
        }
        let made = try make()
        attachments.append((key, made))
        return made
    }

    /// The `uv_loop_t` of this loop, for a library that joins it as a foreign loop.
    @unsafe package var foreignLoop: UnsafeMutableRawPointer { unsafe UnsafeMutableRawPointer(handles.loop) }
}
