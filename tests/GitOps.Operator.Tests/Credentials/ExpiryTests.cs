using System.Buffers.Text;
using System.Text;
using GitOps.Operator.Credentials;
using GitOps.Operator.Credentials.Expiry;
using GitOps.Testing.Servers;

namespace GitOps.Operator.Tests.Credentials;

public sealed class ExpiryTests
{
    private const string Url = "https://git.example.org/team/app.git";

    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"exp": 1800000000}""", 1_800_000_000L, null)]
    [InlineData("""{"exp": 1800000000.75, "iat": 1700000000, "nbf": 1600000000}""", 1_800_000_000L, 1_700_000_000L)]
    [InlineData("""{"exp": 1800000000, "nbf": 1600000000, "sub": "robot"}""", 1_800_000_000L, 1_600_000_000L)]
    [InlineData("""{"iat": 1700000000}""", null, null)]
    [InlineData("""{"exp": "1800000000"}""", null, null)]
    [InlineData("""{"exp": -5}""", null, null)]
    [InlineData("""{"exp": 1e300}""", null, null)]
    [InlineData("""{"exp": null}""", null, null)]
    [InlineData("""[1800000000]""", null, null)]
    [InlineData("""{"exp": 1800000000""", null, null)]
    [InlineData("no JSON", null, null)]
    public void Of_a_JSON_web_token_its_end_is_read(string claims, long? end, long? issued)
    {
        var read = TokenText.Read($"eyJhbGciOiJub25lIn0.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.c2ln");

        (read?.EndsAt.ToUnixTimeSeconds(), read?.IssuedAt?.ToUnixTimeSeconds()).ShouldBe((end, issued));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ghp_012345678901234567890123456789012345")]
    [InlineData("a.b")]
    [InlineData("a.b.c")]
    [InlineData("a.eyJleHAiOjE4MDAwMDAwMDB9.c.d")]
    [InlineData("a.!!!!.c")]
    [InlineData("eyJleHBpcmF0aW9uIjoxODAwMDAwMDAwfQ==")]
    [InlineData("..")]
    public void What_is_no_such_token_says_nothing(string token) => TokenText.Read(token).ShouldBeNull();

    [Fact]
    public void A_password_of_Amazon_s_registry_says_when_it_ends_and_a_huge_one_is_not_looked_at()
    {
        static string Token(string more) =>
            Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"payload": "x{{more}}", "datakey": "y", "version": "2", "type": "DATA_KEY", "expiration": 1800000000}"""));

        TokenText.Read(Token(string.Empty)).ShouldBe((DateTimeOffset.FromUnixTimeSeconds(1_800_000_000 - (12 * 3600)), DateTimeOffset.FromUnixTimeSeconds(1_800_000_000)));
        TokenText.Read(Token(new('x', 100_000))).ShouldBeNull();
        TokenText.Read($"a.{new string('e', 1_000_000)}.c").ShouldBeNull();
    }

    [Theory]
    [InlineData("2027-01-31", "2027-01-31T00:00:00Z")]
    [InlineData(" 2027-01-31\n", "2027-01-31T00:00:00Z")]
    [InlineData("2027-01-31T18:00:00Z", "2027-01-31T18:00:00Z")]
    [InlineData("2027-01-31t18:00:00.25z", "2027-01-31T18:00:00Z")]
    [InlineData("2027-01-31T18:00:00+02:00", "2027-01-31T16:00:00Z")]
    [InlineData("2027-01-31T18:00:00", null)]
    [InlineData("2027-02-30", null)]
    [InlineData("31.01.2027", null)]
    [InlineData("01/31/2027", null)]
    [InlineData("2027-1-31", null)]
    [InlineData("1800000000", null)]
    [InlineData("0001-01-01T00:00:00+14:00", null)]
    [InlineData("never", null)]
    [InlineData("", null)]
    public void A_date_is_one_of_two_forms_and_nothing_else(string text, string? expected) =>
        (ExpiryDate.Parse(text) is { } date ? ExpiryDate.Text(date) : null).ShouldBe(expected);

    [Theory]
    [InlineData(20, "client-certificate tlsClientCertData 2026-01-21 short")]
    [InlineData(21, "client-certificate tlsClientCertData 2026-01-22 short")]
    [InlineData(22, "client-certificate tlsClientCertData 2026-01-23 long")]
    [InlineData(90, "client-certificate tlsClientCertData 2026-04-01 long")]
    public void A_client_certificate_ends_with_its_leaf(int days, string expected)
    {
        var (leaf, key) = TestCertificates.SelfSigned("operator", Begin, Begin.AddDays(days));
        var (issuer, _) = TestCertificates.SelfSigned("issuer", Begin, Begin.AddDays(5));

        Ends(("tlsClientCertData", leaf + "\n" + issuer), ("tlsClientCertKey", key)).ShouldBe([expected]);
    }

    [Fact]
    public void Authorities_end_with_the_last_of_them()
    {
        var (first, _) = TestCertificates.SelfSigned("first", Begin, Begin.AddDays(10));
        var (last, _) = TestCertificates.SelfSigned("last", Begin, Begin.AddDays(400));

        Ends(("ca.crt", last + "\n" + first)).ShouldBe(["authorities ca.crt 2027-02-05 long"]);
        Ends(("ca.crt", first)).ShouldBe(["authorities ca.crt 2026-01-11 long"]);
        Ends(("ca.crt", "no certificate")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("password", 1, "token password 2026-01-02 short")]
    [InlineData("password", 365, "token password 2027-01-01 long")]
    [InlineData("bearerToken", 365, "token bearerToken 2027-01-01 long")]
    [InlineData("proxy", 365, null)]
    public void A_token_ends_when_it_says_so(string key, int days, string? expected)
    {
        var claims = $$"""{"iat": {{Begin.ToUnixTimeSeconds()}}, "exp": {{Begin.AddDays(days).ToUnixTimeSeconds()}} }""";
        Ends((key, $"e30.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.c2ln")).ShouldBe(expected is null ? [] : [expected]);
    }

    [Fact]
    public void An_annotation_is_for_what_says_nothing_itself()
    {
        var secret = Secrets.Template("a", "b", ("url", Url), ("username", "robot"), ("password", "ghp_0123")).Annotated(Operator.Api.Annotations.ExpiresAt, "2027-01-31");

        secret.Read().Ends.ShouldHaveSingleItem().ShouldBe(new("annotation", string.Empty, new(2027, 1, 31, 0, 0, 0, TimeSpan.Zero)));
        Ends(("password", "ghp_0123"), ("githubAppID", "12")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("2027-01-31", null, "2027-01-31")]
    [InlineData(null, "2027-01-31", "2027-01-31")]
    [InlineData("2027-01-31", "2026-05-01", "2026-05-01")]
    [InlineData("2026-05-01", "2027-01-31", "2026-05-01")]
    [InlineData(null, null, null)]
    public void A_Secret_with_the_login_of_a_template_ends_with_the_first_of_both(string? own, string? template, string? expected)
    {
        using var tokens = new GitHubTokens(TimeProvider.System);
        var book = new CredentialBook(new Operator.Api.TrustPolicy("gitops-system", [], null), tokens);
        Set(Secrets.Repository("a", "own", ("url", Url), ("proxy", "http://proxy:3128")), own);
        Set(Secrets.Template("a", "template", ("url", "https://git.example.org"), ("username", "robot"), ("password", "x")), template);

        book.Find(new(Url, "a"), RepositoryKind.Git)!.EndsAt.ShouldBe(expected is null ? null : ExpiryDate.Parse(expected));

        void Set(GitOps.Kubernetes.Objects.KubernetesObject secret, string? date) =>
            book.Set((date is null ? secret : secret.Annotated(Operator.Api.Annotations.ExpiresAt, date)).Read());
    }

    [Fact]
    public void Only_what_has_ended_and_concerns_who_refused_is_named()
    {
        var (past, key) = TestCertificates.SelfSigned("past", Begin, Begin.AddDays(10));
        var credential = Secrets.Repository("a", "b", ("url", Url), ("tlsClientCertData", past), ("tlsClientCertKey", key), ("ca.crt", past))
            .Annotated(Operator.Api.Annotations.ExpiresAt, "2026-02-01").Read().Credential;

        CredentialEnds.Ended(credential, isAboutServer: false, Begin.AddDays(9)).ShouldBeNull();
        CredentialEnds.Ended(credential, isAboutServer: false, Begin.AddDays(10)).ShouldBe("the client certificate in its key tlsClientCertData expired on 2026-01-11T00:00:00Z");
        CredentialEnds.Ended(credential, isAboutServer: false, Begin.AddDays(60)).ShouldBe(
            "the client certificate in its key tlsClientCertData expired on 2026-01-11T00:00:00Z, and it expired on 2026-02-01T00:00:00Z, as its annotation gitops-operator.dev/expires-at says");
        CredentialEnds.Ended(credential, isAboutServer: true, Begin.AddDays(60)).ShouldBe("the last authority in its key ca.crt expired on 2026-01-11T00:00:00Z");
        CredentialEnds.Ended(null, isAboutServer: true, Begin.AddDays(60)).ShouldBeNull();
    }

    private static string[] Ends(params (string Key, string Value)[] data) =>
    [
        .. Secrets.Repository("a", "b", [("url", Url), .. data]).Read().Ends
            .Select(static end => $"{end.What} {end.Key} {end.At:yyyy-MM-dd} {(end.IsShortLived ? "short" : "long")}"),
    ];
}
