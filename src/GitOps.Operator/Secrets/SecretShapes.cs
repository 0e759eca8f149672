using System.Buffers;
using System.Diagnostics.CodeAnalysis;
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

    private static readonly Lazy<Regex> AwsId = Once(@"\bA(KIA|SIA)[A-Z2-7]{16}\b");

    private static readonly (string What, string[] Anchors, Lazy<Regex> Shape, Func<string, Match, bool>? IsMeant)[] All =
    [
        ("a private key", ["PRIVATE KEY"], Once("-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----[^-]*[A-Za-z0-9+/=]{40}"), null),
        ("a private key in base64", ["LS0tLS1CRUdJTi"], Once("LS0tLS1CRUdJTi[A-Za-z0-9+/]{70}"), static (_, match) => IsEncodedKey(match.Value)),
        ("a GitHub token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"], Once(@"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b"), null),
        ("a GitLab token", ["glpat-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "glsoat-", "gloas-", "glffct-"], Once(@"\bgl(pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|oas|ffct)-[A-Za-z0-9_.\-]{20,}"), null),
        ("a Slack token", ["xox", "xapp-"], Once(@"\bxox[abeoprs]-([0-9]{1,20}-){1,3}[A-Za-z0-9-]{16,}|\bxapp-[0-9]-[A-Z0-9]{5,20}-[0-9]{5,20}-[a-z0-9]{30,}"), null),
        ("a Slack webhook", ["hooks.slack.com"], Once("hooks\\.slack\\.com/(services|workflows)/T[A-Z0-9]{6,14}/[A-Z0-9]{6,14}/[A-Za-z0-9]{20,}"), null),
        ("a Stripe key", ["k_live_", "k_test_"], Once(@"\b[rs]k_(live|test)_[A-Za-z0-9]{20,}\b"), null),
        ("a webhook signing secret", ["whsec_"], Once(@"\bwhsec_[A-Za-z0-9+/]{32,}={0,2}"), null),
        ("a Google API key", ["AIza"], Once(@"\bAIza[A-Za-z0-9_\-]{35}\b"), null),
        ("a Google OAuth secret", ["GOCSPX-"], Once(@"\bGOCSPX-[A-Za-z0-9_\-]{28}\b"), null),
        ("a signed JSON web token", ["eyJ"], Once(@"\beyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{20,}"), null),
        ("an npm token", ["npm_", "_authToken="], Once(@"\bnpm_[A-Za-z0-9]{36}\b|:_authToken=[A-Za-z0-9_\-]{20,}"), null),
        ("an Azure access key", ["AccountKey=", "SharedAccessKey="], Once(@"\b(AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=)"), null),
        ("an Azure shared access signature", ["sig="], Once(@"[?&;]sig=[A-Za-z0-9%+/]{43,}"), static (text, _) => text.Contains("sv=", StringComparison.Ordinal)),
        ("an AWS secret access key", ["AKIA", "ASIA"], Once(@"(^|[^A-Za-z0-9/+=])[A-Za-z0-9/+]{40}($|[^A-Za-z0-9/+=])"), static (text, match) =>
            AwsId.Value.IsMatch(text) && SecretGuess.LooksRandom(match.Value.Trim('"', '\'', ' ', '=', ':', '\n', '\r', ',', '\t'))),
        ("a password in a URL", ["://"], Once(@"\b[a-zA-Z][a-zA-Z0-9+.\-]{1,}://[^\s/""'@:?#<>]*:[^\s/""'@?#<>]{1,}@[A-Za-z0-9\[$]"), static (_, match) =>
            !SecretGuess.IsPlaceholder(PasswordOf(match.Value))),
        ("an API key", ["sk-", "hf_"], Once(@"\bsk-(proj-|svcacct-|admin-)?[A-Za-z0-9_\-]{10,}T3BlbkFJ[A-Za-z0-9_\-]{10,}|\bsk-ant-(api|admin)[0-9]{2}-[A-Za-z0-9_\-]{80,}|\bhf_[A-Za-z]{34}\b"), null),
        ("a PyPI token", ["pypi-AgE"], Once("\\bpypi-AgE[A-Za-z0-9_\\-]{50,}"), null),
        ("a DigitalOcean token", ["_v1_"], Once(@"\bdo[opr]_v1_[a-f0-9]{64}\b"), null),
        ("a Vault token", ["hvs."], Once(@"\bhvs\.[A-Za-z0-9_\-]{24,}"), null),
        ("a SendGrid key", ["SG."], Once(@"\bSG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}"), null),
        ("a Docker token", ["dckr_pat_"], Once(@"\bdckr_pat_[A-Za-z0-9_\-]{27}"), null),
        ("an age key", ["AGE-SECRET-KEY-"], Once(@"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b"), null),
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

            for (var match = shape.Value.Match(text); match.Success; match = match.NextMatch())
            {
                if (!SecretGuess.IsExample(match.Value) && isMeant?.Invoke(text, match) != false)
                {
                    return what;
                }
            }
        }

        return null;
    }

    /// <summary>Made when it is needed: an expression of this kind takes half a megabyte, and most of them are never asked.</summary>
    private static Lazy<Regex> Once([StringSyntax(StringSyntaxAttribute.Regex)] string pattern) => new(() => new(pattern, Options));

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
