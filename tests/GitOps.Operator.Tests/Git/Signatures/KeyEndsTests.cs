using System.Text;
using GitOps.Operator.Git.Signatures;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Git.Signatures;

/// <summary>When keys end, as it is read of their text, is what gpg says.</summary>
public sealed class KeyEndsTests : IDisposable
{
    private const string Ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    private const string Other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK9ajhnPEJQs8PPg0JoKUdic7CzroKUVWJPnoVnpW5Z9";

    private readonly Lazy<Signing> _signing = new(static () => Signing.Require(Path.Combine(Path.GetTempPath(), "gs-" + Guid.NewGuid().ToString("N")[..8])));
    private readonly List<OpenPgpKey> _keys = [];

    public void Dispose() => _keys.ForEach(static key => key.Dispose());

    [Theory]
    [InlineData("0")]
    [InlineData("30d")]
    [InlineData("2y")]
    public void A_key_ends_when_gpg_says_so(string expire)
    {
        var key = Make("jane", expire);
        var read = OpenPgpKeys.Read(key.Public).ShouldHaveSingleItem();

        read.ShouldBe((key.Fingerprint, key.Expiries.ShouldHaveSingleItem()));
        (read.EndsAt is null).ShouldBe(expire == "0");
    }

    [Fact]
    public void What_was_said_last_counts_whatever_is_said_of_which_name()
    {
        var key = Make("jane", "30d");
        var former = key.Expiries.ShouldHaveSingleItem();
        key.AddName("Jane Two <two@example.org>");
        key.ExpireIn("2y");
        OpenPgpKeys.Read(key.Public).ShouldHaveSingleItem().EndsAt.ShouldBe(key.Expiries.ShouldHaveSingleItem());
        key.Expiries[0].ShouldNotBe(former);

        key.ExpireIn("0");
        key.Expiries.ShouldBe([null]);
        OpenPgpKeys.Read(key.Public).ShouldHaveSingleItem().EndsAt.ShouldBeNull();
    }

    [Fact]
    public void A_key_can_sign_for_as_long_as_the_last_of_its_parts()
    {
        var key = Make("jane", "2y");
        key.AddSubkey("encr", "3y");
        OpenPgpKeys.Read(key.Public).ShouldHaveSingleItem().EndsAt.ShouldBe(key.Expiries.ShouldHaveSingleItem(), "a part that does not sign does not matter");

        key.AddSubkey("sign", "30d");
        key.Expiries.Count.ShouldBe(2);
        OpenPgpKeys.Read(key.Public).ShouldHaveSingleItem().EndsAt.ShouldBe(key.Expiries[0]);
    }

    [Fact]
    public void A_key_that_only_certifies_ends_with_the_part_that_signs_and_that_with_the_key()
    {
        var key = Make("jane", "1y", "cert");
        OpenPgpKeys.Read(key.Public).ShouldBeEmpty();
        key.AddSubkey("sign", "30d");
        OpenPgpKeys.Read(key.Public).ShouldHaveSingleItem().EndsAt.ShouldBe(key.Expiries.ShouldHaveSingleItem());

        key.AddSubkey("sign", "0");
        var primary = OpenPgpKeys.Read(key.Public).ShouldHaveSingleItem().EndsAt.ShouldNotBeNull();
        primary.ShouldBeInRange(TimeProvider.System.GetUtcNow().AddDays(364), TimeProvider.System.GetUtcNow().AddDays(366));
    }

    [Fact]
    public void Several_keys_in_one_block_are_all_read_and_a_revoked_one_has_no_end_to_wait_for()
    {
        var (jane, john) = (Make("jane", "30d"), Make("john", "60d"));
        jane.Import(john.Public);
        var both = OpenPgpKeys.Read(jane.Public);
        both.ShouldBe([(jane.Fingerprint, both[0].EndsAt), (john.Fingerprint, john.Expiries[0])]);
        both[0].EndsAt.ShouldNotBe(both[1].EndsAt);

        john.Revoke();
        OpenPgpKeys.Read(john.Public).ShouldBeEmpty();
    }

    [Fact]
    public void Another_s_signature_on_a_key_says_nothing_of_its_end()
    {
        var (jane, john) = (Make("jane", "30d"), Make("john", "0"));
        john.Import(jane.Public);
        john.Certify(jane.Fingerprint);
        var signed = john.Export(jane.Fingerprint);
        signed.Length.ShouldBeGreaterThan(jane.Public.Length);

        OpenPgpKeys.Read(signed).ShouldHaveSingleItem().ShouldBe((jane.Fingerprint, jane.Expiries[0]));
    }

    [Fact]
    public void A_damaged_or_cut_block_is_read_as_far_as_it_goes()
    {
        var key = Make("jane", "30d").Public;
        var lines = key.Trim().Split('\n');
        var content = Convert.FromBase64String(string.Concat(lines[2..^2]));
        OpenPgpKeys.Read(Armored(content)).ShouldHaveSingleItem();
        for (var length = 0; length < content.Length; length++)
        {
            OpenPgpKeys.Read(Armored(content[..length])).Count.ShouldBeLessThan(2);
            var flipped = content.ToArray();
            flipped[length] ^= 0xff;
            OpenPgpKeys.Read(Armored(flipped)).Count.ShouldBeLessThan(3);
        }

        OpenPgpKeys.Read("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!!!\n-----END PGP PUBLIC KEY BLOCK-----").ShouldBeEmpty();
        OpenPgpKeys.Read("-----BEGIN PGP PUBLIC KEY BLOCK-----").ShouldBeEmpty();

        static string Armored(byte[] content) => new StringBuilder("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n")
            .Append(Convert.ToBase64String(content)).Append("\n-----END PGP PUBLIC KEY BLOCK-----\n").ToString();
    }

    [Theory]
    [InlineData(Ssh, null)]
    [InlineData("a@example.org " + Ssh, null)]
    [InlineData("a@example.org namespaces=\"git\" " + Ssh, null)]
    [InlineData("a@example.org valid-before=\"20300101Z\" " + Ssh, "2030-01-01T00:00:00")]
    [InlineData("a@example.org namespaces=\"git,file\",valid-before=\"203001021530Z\" " + Ssh, "2030-01-02T15:30:00")]
    [InlineData("a@example.org VALID-BEFORE=20300102153045Z,namespaces=\"git\" " + Ssh, "2030-01-02T15:30:45")]
    [InlineData("a@example.org valid-after=\"20300101Z\" " + Ssh, null)]
    [InlineData("a@example.org valid-before=\"20301301Z\" " + Ssh, null)]
    public void An_ssh_key_ends_where_its_line_says_so(string line, string? expected) =>
        SshSigner.Parse(line).ShouldNotBeNull().EndsAt.ShouldBe(expected is null ? null : Time(expected));

    [Fact]
    public void Without_a_Z_the_time_is_that_of_the_machine_as_for_ssh_keygen()
    {
        var local = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Local);
        SshSigner.Parse("a@example.org valid-before=\"20300101\" " + Ssh).ShouldNotBeNull().EndsAt.ShouldBe(new DateTimeOffset(local));
    }

    [Theory]
    [InlineData("2029-12-31T00:00:00", "2030-01-01T00:00:00", "2030-01-01", "2031-01-01")]
    [InlineData("2030-06-01T00:00:00", "2031-01-01T00:00:00", "2030-01-01", "2031-01-01")]
    [InlineData("2032-01-01T00:00:00", "2031-01-01T00:00:00", "2030-01-01", "2031-01-01")]
    [InlineData("2029-12-31T00:00:00", "2030-01-01T00:00:00", "2030-01-01", null)]
    [InlineData("2032-01-01T00:00:00", null, "2030-01-01", null)]
    [InlineData("2032-01-01T00:00:00", null, null, null)]
    [InlineData("2030-01-01T00:00:00", "2030-01-01T00:00:00", "2030-01-01", "2029-01-01")]
    public void Of_several_keys_the_next_end_counts_and_when_all_have_ended_the_last(string now, string? expected, string? first, string? second)
    {
        static DateTimeOffset? Day(string? day) => day is null ? null : Time(day + "T00:00:00");
        new KeyEnds(new("here", string.Empty), [Day(first), Day(second)]).Next(Time(now)).ShouldBe(expected is null ? null : Time(expected));
    }

    [Fact]
    public void Each_text_has_its_own_end_and_a_key_that_is_there_twice_is_good_for_as_long_as_either_says()
    {
        var ends = VerificationKeys.Parse(
        [
            new("old", "a valid-before=\"20300101Z\" " + Ssh), new("new", "a valid-before=\"20350101Z\" " + Ssh), new("other", "b valid-before=\"20310101Z\" " + Other), new("never", Other),
        ]).Ends;

        ends.Select(static item => item.Source.Origin).ShouldBe(["old", "new", "other", "never"]);
        ends.Select(static item => item.Times.Single()).ShouldBe([Time("2035-01-01T00:00:00"), Time("2035-01-01T00:00:00"), null, null]);
        ends.ShouldAllBe(static item => item.Source.Text.Length == 0);
    }

    private static DateTimeOffset Time(string utc) => DateTimeOffset.Parse(utc + "Z", System.Globalization.CultureInfo.InvariantCulture);

    private OpenPgpKey Make(string name, string expire, string use = "sign")
    {
        var key = _signing.Value.OpenPgp(name, expire, use: use);
        _keys.Add(key);
        return key;
    }
}
