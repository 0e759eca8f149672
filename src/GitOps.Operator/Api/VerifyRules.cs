using System.Collections.Immutable;
using GitOps.Manifests.Plain;
using GitOps.Operator.Model;

namespace GitOps.Operator.Api;

/// <summary><c>verify</c> and <c>allowedRevisions</c> of a source: which commits, or versions of its chart, may be deployed.</summary>
internal static class VerifyRules
{
    private const int MaxKeys = 32;
    private const int MaxPatterns = 64;

    private static readonly Dictionary<string, VerifyMode> Modes = new(StringComparer.Ordinal)
    {
        ["HEAD"] = VerifyMode.Head,
        ["Tag"] = VerifyMode.Tag,
        ["TagAndHEAD"] = VerifyMode.TagAndHead,
        ["FirstParent"] = VerifyMode.FirstParent,
        ["Strict"] = VerifyMode.Strict,
    };

    private static readonly Dictionary<string, ReviewSigns> Reviews = new(StringComparer.Ordinal)
    {
        ["MergeCommit"] = ReviewSigns.MergeCommit,
        ["SignedOffBy"] = ReviewSigns.SignedOffBy,
    };

    /// <param name="verify">As written; null: it is not there.</param>
    /// <param name="allowedRevisions">As written.</param>
    /// <param name="isChart">The source is no Git repository.</param>
    /// <param name="field">The source's place.</param>
    /// <param name="errors">Where errors go.</param>
    public static SourcePolicy Check(VerifySpec? verify, ImmutableArray<string> allowedRevisions, bool isChart, string field, SpecErrors errors)
    {
        CheckPatterns(allowedRevisions, $"{field}.allowedRevisions", errors);
        if (verify is null)
        {
            return allowedRevisions.IsEmpty ? SourcePolicy.None : SourcePolicy.None with { AllowedRevisions = allowedRevisions };
        }

        field = $"{field}.verify";
        if (isChart)
        {
            RefuseOfCommits(verify, field, errors);
            return new(VerifyMode.Provenance, Keys(verify.Keys, VerifyMode.Provenance, field, errors), null, ReviewSigns.None, allowedRevisions);
        }

        var mode = Mode(verify, field, errors);
        var review = Review(verify.RequireReview, $"{field}.requireReview", errors);
        if (verify is { Mode: null, Keys.IsEmpty: true, RequireReview.IsEmpty: true })
        {
            errors.Invalid(field, "asks for nothing; set mode and keys, or requireReview, or leave it out");
        }

        if (verify.Since is { } since && !IsId(since))
        {
            errors.Invalid($"{field}.since", $"'{since}' is no full commit id (40 or 64 digits of 0-9a-f)");
        }
        else if (verify.Since is not null && mode is not (VerifyMode.FirstParent or VerifyMode.Strict) && review == ReviewSigns.None)
        {
            errors.Contradiction($"{field}.since", "says where to begin, but only the newest commit is looked at; set mode FirstParent or Strict, or requireReview, or remove it");
        }

        return new(mode, Keys(verify.Keys, mode, field, errors), verify.Since, review, allowedRevisions);
    }

    /// <summary>Of a chart its provenance file is what can be signed, and nothing else.</summary>
    private static void RefuseOfCommits(VerifySpec verify, string field, SpecErrors errors)
    {
        foreach (var (name, isSet) in (ReadOnlySpan<(string, bool)>)
            [("mode", verify.Mode is not null), ("since", verify.Since is not null), ("requireReview", !verify.RequireReview.IsEmpty)])
        {
            if (isSet)
            {
                errors.Contradiction($"{field}.{name}", "is about commits, and this source is a chart, of which the provenance file is checked; remove it");
            }
        }
    }

    private static VerifyMode Mode(VerifySpec verify, string field, SpecErrors errors)
    {
        if (verify.Mode is null)
        {
            if (!verify.Keys.IsEmpty)
            {
                errors.Invalid($"{field}.mode", $"missing: set what has to be signed with the keys, one of {string.Join(", ", Modes.Keys)}");
            }

            return VerifyMode.None;
        }

        if (!Modes.TryGetValue(verify.Mode, out var mode))
        {
            errors.Invalid($"{field}.mode", $"'{verify.Mode}' is not one of {string.Join(", ", Modes.Keys)}");
        }

        return mode;
    }

    private static ReviewSigns Review(ImmutableArray<string> words, string field, SpecErrors errors)
    {
        var review = ReviewSigns.None;
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i] is { } word && Reviews.TryGetValue(word, out var sign))
            {
                review |= sign;
            }
            else
            {
                errors.Invalid($"{field}[{i}]", $"'{words[i]}' is not one of {string.Join(", ", Reviews.Keys)}");
            }
        }

        return review;
    }

    private static ImmutableArray<KeyReference> Keys(ImmutableArray<VerifyKey> keys, VerifyMode mode, string field, SpecErrors errors)
    {
        if (keys.IsEmpty && mode != VerifyMode.None)
        {
            errors.Invalid($"{field}.keys", "missing: name Secrets or ConfigMaps of the Application's namespace that hold public keys");
        }
        else if (keys.Length > MaxKeys)
        {
            errors.Invalid($"{field}.keys", $"must be at most {MaxKeys}; a Secret or ConfigMap may hold many keys");
        }

        var read = ImmutableArray.CreateBuilder<KeyReference>();
        for (var i = 0; i < keys.Length; i++)
        {
            var place = $"{field}.keys[{i}]";
            if (keys[i] is not { } key || key.SecretRef is null == key.ConfigMapRef is null)
            {
                errors.Invalid(place, "set just one of secretRef and configMapRef");
                continue;
            }

            var isSecret = key.SecretRef is not null;
            var name = (key.SecretRef ?? key.ConfigMapRef)!;
            var at = $"{place}.{(isSecret ? "secretRef" : "configMapRef")}";
            if (string.IsNullOrEmpty(name.Name) || !KubernetesNames.IsSubdomain(name.Name))
            {
                errors.Invalid($"{at}.name", $"'{name.Name}' is no name of a {(isSecret ? "Secret" : "ConfigMap")}");
            }
            else
            {
                read.Add(new(isSecret, name.Name, name.Key.NullIfEmpty()));
            }
        }

        return read.ToImmutable();
    }

    private static void CheckPatterns(ImmutableArray<string> patterns, string field, SpecErrors errors)
    {
        if (patterns.Length > MaxPatterns)
        {
            errors.Invalid(field, $"must be at most {MaxPatterns}");
        }

        for (var i = 0; i < patterns.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(patterns[i]))
            {
                errors.Invalid($"{field}[{i}]", "is empty; write a name or a glob like release/*");
                continue;
            }

            try
            {
                GlobPattern.Parse(patterns[i]);
            }
            catch (FormatException mistake)
            {
                errors.Invalid($"{field}[{i}]", $"'{patterns[i]}' is no glob: {mistake.Message}");
            }
        }
    }

    private static bool IsId(string text) => text.Length is 40 or 64 && text.All(static letter => letter is (>= '0' and <= '9') or (>= 'a' and <= 'f'));
}
