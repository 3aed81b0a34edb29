import Testing

@testable import MediaGateway

@Suite("A code as people say it: eight digits and little else")
struct SpokenCodeTests {
    @Test(
        arguments: [
            ("48291506", "48291506"), ("4829 1506.", "48291506"), ("four eight two nine one five oh six", "48291506"),
            ("My code is 4-8-2, 9-1-5, oh-6.", "48291506"), ("double four eight two nine one five six", "44829156"),
            ("oh, four eight two nine one five six", "04829156"), ("five triple zero one two three four", "50001234"),
            ("4829150", nil), ("482915066", nil), ("hello", nil), ("", nil),
            ("I would like to change to the plan for 48291506 dollars please today", nil),
        ] as [(String, String?)])
    func reads(_ text: String, _ code: String?) { #expect(SpokenCode.digits(in: text) == code) }
}
