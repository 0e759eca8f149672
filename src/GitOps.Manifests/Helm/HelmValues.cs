using System.Collections.Immutable;
using System.Text;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Helm;

/// <summary>Reads what goes over the values of a chart, and says it in helm's arguments.</summary>
internal static class HelmValues
{
    private const int MaxArgument = 100_000;

    /// <returns>Arguments in the order of Helm's own precedence.</returns>
    /// <exception cref="ManifestException">A file is not there.</exception>
    /// <exception cref="SourceTreeException">A path leads out of the repository.</exception>
    public static async Task<ImmutableArray<string>> AddAsync(ChartStage stage, HelmRequest request, CancellationToken cancellationToken)
    {
        var arguments = ImmutableArray.CreateBuilder<string>();
        foreach (var text in request.ValueTexts)
        {
            AddValues(text.Content, text.Origin);
        }

        foreach (var (file, path) in await FilesAsync(request, cancellationToken))
        {
            AddValues(await file.Tree.ReadAsync(path, cancellationToken), path);
        }

        if (request.Values.Length > 0)
        {
            AddValues(Encoding.UTF8.GetBytes(request.Values), "helm.values");
        }

        // The last of a name counts, as in Argo CD.
        foreach (var parameter in request.Parameters.Reverse().DistinctBy(static parameter => (parameter.Name, parameter.ForceString)).Reverse())
        {
            arguments.Add(parameter.ForceString ? "--set-string" : "--set");
            arguments.Add(Bounded(parameter.Name, $"{parameter.Name}={Escaped(parameter.Value)}"));
        }

        foreach (var (i, parameter) in request.FileParameters.Reverse().DistinctBy(static parameter => parameter.Name, StringComparer.Ordinal).Reverse().Index())
        {
            var file = parameter.File;
            if (await FindAsync(file, cancellationToken) is not { } path)
            {
                throw new ManifestException(new ManifestError(file.Written, null, "there is no such file, and a file parameter names it"));
            }

            var target = $"values/parameter-{i}";
            stage.Add(target, await file.Tree.ReadAsync(path, cancellationToken), path);
            arguments.Add("--set-file");
            arguments.Add(Bounded(parameter.Name, $"{parameter.Name}={target}"));
        }

        return arguments.ToImmutable();

        void AddValues(ReadOnlyMemory<byte> content, string origin)
        {
            var target = $"values/{arguments.Count / 2}.yaml";
            stage.Add(target, content, origin);
            arguments.Add("--values");
            arguments.Add(target);
        }
    }

    /// <summary>A glob leaves out what is named by itself, wherever that stands.</summary>
    private static async Task<List<(HelmTreeFile File, string Path)>> FilesAsync(HelmRequest request, CancellationToken cancellationToken)
    {
        var named = request.ValueFiles.Where(static file => !HelmGlob.IsGlob(file.Path))
            .Select(static file => (file.Tree, TreePath.Normalize(file.Path))).ToHashSet();
        var files = new List<(HelmTreeFile File, string Path)>();
        foreach (var file in request.ValueFiles)
        {
            if (HelmGlob.IsGlob(file.Path))
            {
                var matches = await HelmGlob.FindAsync(file.Tree, TreePath.Normalize(file.Path), file.Written, cancellationToken);
                if (matches.Count == 0 && !request.IgnoreMissingValueFiles)
                {
                    throw Missing(file, "no file fits the glob");
                }

                files.AddRange(matches.Where(match => named.Add((file.Tree, match))).Select(match => (file, match)));
            }
            else if (await FindAsync(file, cancellationToken) is { } path)
            {
                files.Add((file, path));
            }
            else if (!request.IgnoreMissingValueFiles)
            {
                throw Missing(file, "there is no such file");
            }
        }

        return files;
    }

    private static async ValueTask<string?> FindAsync(HelmTreeFile file, CancellationToken cancellationToken)
    {
        var path = TreePath.Normalize(file.Path);
        return await file.Tree.FindAsync(path, cancellationToken) is { Kind: TreeEntryKind.File } ? path : null;
    }

    private static ManifestException Missing(HelmTreeFile file, string problem) => new(new ManifestError(
        file.Written, null, $"{problem}: correct helm.valueFiles, or set ignoreMissingValueFiles where it may be missing"));

    /// <summary>A comma begins another parameter in Helm's syntax, and is a part of the value in Argo CD's; lists in braces stay.</summary>
    private static string Escaped(string value)
    {
        if (value is ['{', .., '}'])
        {
            return value;
        }

        var escaped = new StringBuilder(value.Length);
        foreach (var (i, letter) in value.Index())
        {
            if (letter == ',' && (i == 0 || value[i - 1] != '\\'))
            {
                escaped.Append('\\');
            }

            escaped.Append(letter);
        }

        return escaped.ToString();
    }

    private static string Bounded(string name, string argument) => argument.Length <= MaxArgument && !argument.Contains('\0', StringComparison.Ordinal)
        ? argument
        : throw new ManifestException(new ManifestError("helm.parameters", null, $"'{name}' is longer than {MaxArgument} characters, or holds a NUL: put it into values"));
}
