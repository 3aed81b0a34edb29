import Testing

@testable import MediaGateway

@Suite("A code as people say it: six digits and little else")
struct SpokenCodeTests {
    @Test(
        arguments: [
            ("482915", "482915"), ("482 915.", "482915"), ("four eight two nine one five", "482915"), ("My code is 4-8-2, 9-1-5.", "482915"),
            ("double four eight two nine one", "448291"), ("oh, four eight two nine one", "048291"), ("five triple zero one two", "500012"),
            ("48291", nil), ("4829155", nil), ("hello", nil), ("", nil),
            ("I would like to change to the plan for 482915 dollars please today", nil),
        ] as [(String, String?)])
    func reads(_ text: String, _ code: String?) { #expect(SpokenCode.digits(in: text) == code) }
}
