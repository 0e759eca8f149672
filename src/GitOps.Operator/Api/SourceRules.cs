using System.Buffers;
using System.Text.Json.Nodes;
using GitOps.Manifests;

namespace GitOps.Operator.Api;

/// <summary>A Git directory to render.</summary>
/// <param name="RepoUrl">Of the repository.</param>
/// <param name="Revision">Branch, tag, SHA or <c>HEAD</c>.</param>
/// <param name="Path">Normalised.</param>
/// <param name="Kind">What the options that are set say it is; null: its files say.</param>
/// <param name="Directory">Options of plain manifests.</param>
/// <param name="Kustomize">Options of a kustomization.</param>
/// <param name="Written">As it is written; not to be changed.</param>
internal sealed record CheckedSource(
    string RepoUrl, string Revision, string Path, SourceKind? Kind, DirectoryOptions Directory, KustomizeSettings Kustomize, JsonObject Written);

/// <summary><c>spec.source</c> and <c>spec.sources</c>: exactly one directory of a Git repository.</summary>
internal static class SourceRules
{
    private static readonly SearchValues<char> RangeLetters = SearchValues.Create("*^~<>=|, ");

    private static readonly CheckedSource Nothing = new(string.Empty, "HEAD", string.Empty, null, DirectoryOptions.None, KustomizeSettings.None, []);

    // What Argo CD's parameter files cannot change.
    private static readonly string[] Fixed = ["repoURL", "path", "targetRevision", "chart"];

    /// <param name="spec">The spec.</param>
    /// <param name="raw">The same as it is written.</param>
    /// <param name="errors">Where errors go.</param>
    public static CheckedSource Check(ApplicationSpec spec, JsonObject raw, SpecErrors errors)
    {
        if (spec.Sources.Length > 1)
        {
            errors.Unsupported("spec.sources", "several sources are not supported yet; leave one, or make an Application of each");
            return Nothing;
        }

        if (!spec.Sources.IsEmpty)
        {
            return Check(spec.Sources[0], (raw["sources"] as JsonArray)?[0] as JsonObject, "spec.sources[0]", errors);
        }

        if (spec.Source is not null)
        {
            return Check(spec.Source, raw["source"] as JsonObject, "spec.source", errors);
        }

        errors.Invalid(raw.ContainsKey("sources") ? "spec.sources" : "spec.source", "missing: set repoURL, targetRevision and path of a Git directory");
        return Nothing;
    }

    /// <summary>A source that files of its directory changed.</summary>
    /// <param name="merged">As it is now.</param>
    /// <param name="written">As the spec has it: what it is and where it comes from stays.</param>
    /// <param name="errors">Where errors go.</param>
    public static CheckedSource CheckMerged(JsonObject merged, JsonObject written, SpecErrors errors)
    {
        const string Field = "spec.source";
        var json = (JsonObject)merged.DeepClone();
        foreach (var name in Fixed)
        {
            json.Remove(name);
            if (written[name] is { } value)
            {
                json[name] = value.DeepClone();
            }
        }

        SpecFields.CheckSource(json, errors);
        var source = ApiJson.Read(json, ApiJson.Default.ApplicationSource, Field, out var misfits) ?? new();
        foreach (var misfit in misfits)
        {
            errors.Invalid(misfit.Path, $"expected {misfit.Expected}");
        }

        return new(
            string.Empty, string.Empty, string.Empty, KindOf(source, json, Field, errors), DirectoryOf(source),
            KustomizeRules.Check(json["kustomize"], $"{Field}.kustomize", errors), json);
    }

    private static CheckedSource Check(ApplicationSource source, JsonObject? raw, string field, SpecErrors errors)
    {
        CheckUrl(source.RepoUrl, $"{field}.repoURL", errors);
        CheckRevision(source.TargetRevision, $"{field}.targetRevision", errors);
        return new(
            source.RepoUrl ?? string.Empty,
            string.IsNullOrEmpty(source.TargetRevision) ? "HEAD" : source.TargetRevision,
            NormalisePath(source.Path, $"{field}.path", errors),
            KindOf(source, raw, field, errors),
            DirectoryOf(source),
            KustomizeRules.Check(raw?["kustomize"], $"{field}.kustomize", errors),
            raw ?? []);
    }

    private static DirectoryOptions DirectoryOf(ApplicationSource source) =>
        new(source.Directory?.Recurse == true, source.Directory?.Include.NullIfEmpty(), source.Directory?.Exclude.NullIfEmpty());

    /// <summary>Options that are set say what the directory is, as with Argo CD: empty ones say nothing.</summary>
    private static SourceKind? KindOf(ApplicationSource source, JsonObject? raw, string field, SpecErrors errors)
    {
        var isKustomize = KustomizeRules.IsSet(raw?["kustomize"]);
        var isDirectory = DirectoryOf(source) != DirectoryOptions.None;
        if (isKustomize && isDirectory)
        {
            errors.Contradiction($"{field}.kustomize", $"{field}.directory is set too, and a directory is either a kustomization or plain manifests; remove one of the two");
        }

        return isKustomize ? SourceKind.Kustomize : isDirectory ? SourceKind.Directory : null;
    }

    private static void CheckUrl(string? url, string field, SpecErrors errors)
    {
        if (string.IsNullOrWhiteSpace(url))
        {
            errors.Invalid(field, "missing: set the URL of a Git repository");
            return;
        }

        if (url.StartsWith("oci://", StringComparison.OrdinalIgnoreCase))
        {
            errors.Unsupported(field, "OCI registries are not supported yet; set the URL of a Git repository");
            return;
        }

        if (url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
        {
            errors.Invalid(field, "is not encrypted: whoever is on the way could change what is deployed; use https");
            return;
        }

        if (url.Any(static letter => char.IsWhiteSpace(letter) || char.IsControl(letter)) || !HasKnownForm(url))
        {
            errors.Invalid(field, "is no URL of a Git repository: https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or file:///PATH");
        }
        else if (HasPassword(url))
        {
            errors.Invalid(field, "holds a credential that everybody who may read the Application can read; remove it from the URL");
        }
    }

    private static bool HasKnownForm(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            // USER@HOST:PATH; Git's transport helpers (NAME::ADDRESS) run programs and are no such form.
            var at = url.IndexOf('@', StringComparison.Ordinal);
            var colon = url.IndexOf(':', StringComparison.Ordinal);
            return url[0] == '/' || (at > 0 && url[0] != '-' && colon > at + 1 && colon < url.Length - 1
                && url[at + 1] != '-' && !url.Contains("::", StringComparison.Ordinal));
        }

        return url[..scheme] switch
        {
            "https" or "ssh" => Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Host.Length > 0 && parsed.Host[0] != '-',
            "file" => url.Length > "file:///".Length && url["file://".Length] == '/',
            _ => false,
        };
    }

    private static bool HasPassword(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "https" or "ssh"
        && (parsed.UserInfo.Contains(':', StringComparison.Ordinal) || (parsed.Scheme == "https" && parsed.UserInfo.Length > 0));

    private static void CheckRevision(string? revision, string field, SpecErrors errors)
    {
        if (string.IsNullOrEmpty(revision))
        {
            return;
        }

        if (IsVersionRange(revision))
        {
            errors.Unsupported(field, $"version ranges like '{revision}' are not supported yet; name a tag, or refs/heads/{revision} if it is a branch");
        }
        else if (!IsRevision(revision))
        {
            errors.Invalid(field, $"'{revision}' is no branch, tag or SHA");
        }
    }

    /// <summary>Argo CD takes these as a range over tags, never as a branch.</summary>
    private static bool IsVersionRange(string revision) =>
        revision.AsSpan().ContainsAny(RangeLetters) || revision is "x" or "X"
        || (revision.Split('.') is { Length: > 1 } parts && parts[^1] is "x" or "X"
            && parts[..^1].All(static part => part.TrimStart('v') is { Length: > 0 } digits && digits.All(char.IsAsciiDigit)));

    /// <summary>What <c>git check-ref-format</c> lets pass, and nothing that a program could take for an option.</summary>
    private static bool IsRevision(string revision) =>
        revision[0] is not ('-' or '/') && revision[^1] is not ('/' or '.')
        && !revision.Contains("..", StringComparison.Ordinal) && !revision.Contains("@{", StringComparison.Ordinal)
        && !revision.Contains("//", StringComparison.Ordinal) && !revision.EndsWith(".lock", StringComparison.Ordinal)
        && !revision.Any(static letter => char.IsControl(letter) || char.IsWhiteSpace(letter) || letter is ':' or '?' or '[' or '\\');

    private static string NormalisePath(string? path, string field, SpecErrors errors)
    {
        if (string.IsNullOrEmpty(path))
        {
            errors.Invalid(field, "missing: set the directory, or . for the repository's root");
            return string.Empty;
        }

        if (path[0] == '/')
        {
            errors.Invalid(field, $"'{path}' must be relative to the repository's root; remove the leading /");
            return string.Empty;
        }

        var parts = path.Split('/').Where(static part => part is not ("" or ".")).ToArray();
        if (parts.Contains("..", StringComparer.Ordinal) || path.Any(char.IsControl))
        {
            errors.Invalid(field, $"'{path}' must not lead out of the repository: '..' is not allowed");
            return string.Empty;
        }

        return string.Join('/', parts);
    }
}
