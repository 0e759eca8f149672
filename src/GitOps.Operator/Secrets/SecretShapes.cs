using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace GitOps.Operator.Secrets;

/// <summary>
/// Secrets that are known by how they look, whatever they are called. Each shape is narrow: a prefix that its issuer chose and the
/// length that it gives out, so that a match is hardly anything else. Pure; time is linear in the text.
/// </summary>
internal static class SecretShapes
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking;

    private static readonly Regex AwsId = new(@"\bA(KIA|SIA)[A-Z2-7]{16}\b", Options);

    private static readonly (string What, string[] Anchors, Regex Shape, Func<string, Match, bool>? IsMeant)[] All =
    [
        ("a private key", ["PRIVATE KEY"], new("-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----[^-]*[A-Za-z0-9+/=]{40}", Options), null),
        ("a private key in base64", ["LS0tLS1CRUdJTi"], new("LS0tLS1CRUdJTi[A-Za-z0-9+/]{70}", Options), static (_, match) => IsEncodedKey(match.Value)),
        ("a GitHub token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"], new(@"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b", Options), null),
        ("a GitLab token", ["glpat-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-", "gloas-", "glffct-"], new(@"\bgl(pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|oas|ffct)-[A-Za-z0-9_.\-]{20,}", Options), null),
        ("a Slack token", ["xox", "xapp-"], new(@"\bxox[abeoprs]-([0-9]{1,20}-){1,3}[A-Za-z0-9-]{16,}|\bxapp-[0-9]-[A-Z0-9]{5,20}-[0-9]{5,20}-[a-z0-9]{30,}", Options), null),
        ("a Slack webhook", ["hooks.slack.com"], new("hooks\\.slack\\.com/(services|workflows)/T[A-Z0-9]{6,14}/[A-Z0-9]{6,14}/[A-Za-z0-9]{20,}", Options), null),
        ("a Stripe key", ["k_live_", "k_test_"], new(@"\b[rs]k_(live|test)_[A-Za-z0-9]{20,}\b", Options), null),
        ("a webhook signing secret", ["whsec_"], new(@"\bwhsec_[A-Za-z0-9+/]{32,}={0,2}", Options), null),
        ("a Google API key", ["AIza"], new(@"\bAIza[A-Za-z0-9_\-]{35}\b", Options), null),
        ("a Google OAuth secret", ["GOCSPX-"], new(@"\bGOCSPX-[A-Za-z0-9_\-]{28}\b", Options), null),
        ("a signed JSON web token", ["eyJ"], new(@"\beyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{20,}", Options), null),
        ("an npm token", ["npm_", "_authToken="], new(@"\bnpm_[A-Za-z0-9]{36}\b|:_authToken=[A-Za-z0-9_\-]{20,}", Options), null),
        ("an Azure access key", ["AccountKey=", "SharedAccessKey="], new(@"\b(AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=)", Options), null),
        ("an Azure shared access signature", ["sig="], new(@"[?&;]sig=[A-Za-z0-9%+/]{43,}", Options), static (text, _) => text.Contains("sv=", StringComparison.Ordinal)),
        ("an AWS secret access key", ["AKIA", "ASIA"], new(@"(^|[^A-Za-z0-9/+=])[A-Za-z0-9/+]{40}($|[^A-Za-z0-9/+=])", Options), static (text, match) =>
            AwsId.IsMatch(text) && SecretGuess.LooksRandom(match.Value.Trim('"', '\'', ' ', '=', ':', '\n', '\r', ',', '\t'))),
        ("a password in a URL", ["://"], new(@"\b[a-zA-Z][a-zA-Z0-9+.\-]{1,}://[^\s/""'@:?#<>]*:[^\s/""'@?#<>]{1,}@[A-Za-z0-9\[$]", Options), static (_, match) =>
            !SecretGuess.IsPlaceholder(PasswordOf(match.Value))),
        ("an API key", ["sk-", "hf_"], new(@"\bsk-(proj-|svcacct-|admin-)?[A-Za-z0-9_\-]{10,}T3BlbkFJ[A-Za-z0-9_\-]{10,}|\bsk-ant-(api|admin)[0-9]{2}-[A-Za-z0-9_\-]{80,}|\bhf_[A-Za-z]{34}\b", Options), null),
        ("a PyPI token", ["pypi-AgE"], new("\\bpypi-AgE[A-Za-z0-9_\\-]{50,}", Options), null),
        ("a DigitalOcean token", ["_v1_"], new(@"\bdo[opr]_v1_[a-f0-9]{64}\b", Options), null),
        ("a Vault token", ["hvs."], new(@"\bhvs\.[A-Za-z0-9_\-]{24,}", Options), null),
        ("a SendGrid key", ["SG."], new(@"\bSG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}", Options), null),
        ("a Docker token", ["dckr_pat_"], new(@"\bdckr_pat_[A-Za-z0-9_\-]{27}", Options), null),
        ("an age key", ["AGE-SECRET-KEY-"], new(@"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b", Options), null),
    ];

    /// <summary>One of these is in every text that has a secret of a known shape: most texts have none, and are done with that.</summary>
    private static readonly SearchValues<string> Anchors = SearchValues.Create([.. All.SelectMany(static shape => shape.Anchors)], StringComparison.Ordinal);

    /// <summary>What the text has in it; null: nothing that is known.</summary>
    public static string? Find(string text)
    {
        if (text.AsSpan().IndexOfAny(Anchors) < 0)
        {
            return null;
        }

        foreach (var (what, anchors, shape, isMeant) in All)
        {
            if (!Array.Exists(anchors, anchor => text.Contains(anchor, StringComparison.Ordinal)))
            {
                continue;
            }

            for (var match = shape.Match(text); match.Success; match = match.NextMatch())
            {
                if (!SecretGuess.IsExample(match.Value) && isMeant?.Invoke(text, match) != false)
                {
                    return what;
                }
            }
        }

        return null;
    }

    private static string PasswordOf(string url)
    {
        var userInfo = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..url.LastIndexOf('@')];
        return userInfo[(userInfo.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }

    private static bool IsEncodedKey(string text)
    {
        var bytes = new byte[64];
        return Convert.TryFromBase64Chars(text.AsSpan(0, 84), bytes, out var count) && Encoding.ASCII.GetString(bytes, 0, count).Contains("PRIVATE KEY", StringComparison.Ordinal);
    }
}
