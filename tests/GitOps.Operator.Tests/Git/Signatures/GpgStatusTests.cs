using GitOps.Operator.Git.Signatures;

namespace GitOps.Operator.Tests.Git.Signatures;

public sealed class GpgStatusTests
{
    private const string Primary = "6B42A67D12D4ECFE49FEB99231B06FCCF6DC3516";
    private const string Subkey = "0123456789ABCDEF0123456789ABCDEF01234567";
    private const string New = "[GNUPG:] NEWSIG jane@example.com\n";
    private const string Good = "[GNUPG:] GOODSIG 31B06FCCF6DC3516 Jane Doe <jane@example.com>\n";
    private const string Valid = "[GNUPG:] VALIDSIG " + Subkey + " 2026-11-22 1795363803 0 4 0 22 8 00 " + Primary + "\n";

    [Theory]
    [InlineData(New + Good + Valid, "Good")]
    [InlineData("warning: something\n" + New + Good + Valid + "[GNUPG:] TRUST_UNDEFINED 0 pgp\n", "Good")]
    [InlineData(New + Good, "UnsupportedSignature")]
    [InlineData(New + Valid, "UnsupportedSignature")]
    [InlineData(New + Good + Valid + New + Good + Valid, "UnsupportedSignature")]
    [InlineData(New + Good + Valid + "[GNUPG:] BADSIG 31B06FCCF6DC3516 x\n", "UnsupportedSignature")]
    [InlineData(New + Good + Valid + Valid, "UnsupportedSignature")]
    [InlineData(New + Good + "[GNUPG:] VALIDSIG " + Subkey + "\n", "UnsupportedSignature")]
    [InlineData(New + Good + "[GNUPG:] VALIDSIG AAAA 2026-11-22 1795363803 0 4 0 22 8 00 " + Primary + "\n", "UnknownKey")]
    [InlineData(New + "[GNUPG:] BADSIG 31B06FCCF6DC3516 Jane\n", "BadSignature")]
    [InlineData(New + "[GNUPG:] EXPSIG 31B06FCCF6DC3516 Jane\n" + Valid, "ExpiredSignature")]
    [InlineData(New + "[GNUPG:] EXPKEYSIG 31B06FCCF6DC3516 Jane\n" + Valid, "ExpiredKey")]
    [InlineData(New + "[GNUPG:] REVKEYSIG 31B06FCCF6DC3516 Jane\n" + Valid, "RevokedKey")]
    [InlineData(New + "[GNUPG:] ERRSIG 31B06FCCF6DC3516 22 8 00 1795363803 9 " + Primary + "\n[GNUPG:] NO_PUBKEY 31B06FCCF6DC3516\n", "UnknownKey")]
    [InlineData(New + "[GNUPG:] ERRSIG 31B06FCCF6DC3516 22 8 00 1795363803 4 -\n", "UnsupportedSignature")]
    [InlineData(" [GNUPG:] GOODSIG x y\n[GNUPG:] NODATA 4\n", null)]
    [InlineData("", null)]
    public void Only_one_signature_of_which_all_is_said_is_good(string output, string? state) =>
        GpgStatus.Read(output, new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal) { [Primary] = null, [Subkey] = null })?.State.ToString().ShouldBe(state);

    [Fact]
    public void A_signature_is_good_until_the_first_of_it_and_its_keys_expires()
    {
        var output = New + Good + Valid.Replace(" 0 4 0", " 2000000000 4 0", StringComparison.Ordinal);
        var early = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000);

        GpgStatus.Read(output, new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal) { [Primary] = null, [Subkey] = null })!
            .GoodUntil.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(2_000_000_000));
        GpgStatus.Read(output, new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal) { [Primary] = early, [Subkey] = null })!.GoodUntil.ShouldBe(early);
    }

    [Fact]
    public void A_listing_gives_keys_and_subkeys_with_their_expiry() =>
        GpgStatus.Keys("tru::1\npub:-:255:22:31B0:1795363803:1900000000::-:::scSC::::::23::0:\nfpr:::::::::AAAA:\nuid:-::::\nsub:-:255:22:BBBB:1795363803:::::s:\nfpr:::::::::BBBB:\n")
            .ShouldBe(new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal) { ["AAAA"] = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000), ["BBBB"] = null });
}
