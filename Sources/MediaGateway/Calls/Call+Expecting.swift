import Orchestrator
import SpeechEngines

extension Call {
    /// Tunes the ear to the open question: closed answers, and more patience for numbers.
    func expect(_ slot: ExpectedSlot?) {
        isNumberExpected = slot?.type == .phone || slot?.type == .number
        leg?.listen(silence: isNumberExpected ? services.settings.numberSilence : nil)
        let closed = slot?.type == .confirmation ? RecognitionExpectation.yesOrNo : nil
        (ear as? any ExpectingRecognitionStream)?.expect(closed)
    }
}
