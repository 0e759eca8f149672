namespace GitOps.Operator.Tests.Shipping;

/// <summary>An instruction of a Dockerfile: in capitals, and what follows it on its line and those that continue it.</summary>
internal sealed record DockerInstruction(string Name, string Text)
{
    public static IReadOnlyList<DockerInstruction> Read(string dockerfile)
    {
        var lines = dockerfile.Split('\n').Where(static line => !line.TrimStart().StartsWith('#'));
        return
        [
            .. string.Join('\n', lines).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(static line => line.Split(' ', 2, StringSplitOptions.TrimEntries))
                .Select(static words => new DockerInstruction(words[0].ToUpperInvariant(), words.Length > 1 ? words[1] : string.Empty)),
        ];
    }
}

/// <summary>What an image that is given a cluster's keys has to keep to.</summary>
internal static class DockerfileRules
{
    private const string User = "1654:1654";

    /// <param name="dockerfile">Its text.</param>
    /// <param name="exists">Whether a path of the build's context is there.</param>
    /// <returns>What is wrong.</returns>
    public static IEnumerable<string> Check(string dockerfile, Func<string, bool> exists)
    {
        var all = DockerInstruction.Read(dockerfile);
        var stages = all.Index().Where(static item => item.Item.Name == "FROM").ToList();
        var last = all.Skip(stages[^1].Index).ToList();
        return
        [
            .. Images(all, [.. stages.Select(static stage => stage.Item)]),
            .. all.Where(static item => item.Name == "RUN").SelectMany(static item => Run(item.Text)),
            .. all.Where(static item => item.Name is "COPY" or "ADD").SelectMany(item => Copy(item, exists)),
            .. all.Where(static item => item.Name is "ARG" or "ENV" && ((string[])["TOKEN", "PASSWORD", "SECRET"]).Any(word => item.Text.Contains(word, StringComparison.OrdinalIgnoreCase)))
                .Select(static item => $"a secret stays in the image's history: {item.Name} {item.Text}"),
            .. Ends(last),
        ];
    }

    private static IEnumerable<string> Images(IReadOnlyList<DockerInstruction> all, IReadOnlyList<DockerInstruction> stages)
    {
        foreach (var stage in stages)
        {
            var words = stage.Text.Split(' ');
            var image = words.First(static word => !word.StartsWith("--", StringComparison.Ordinal));
            if (image is not ['$', '{', .. var name, '}'])
            {
                yield return $"FROM {image}: name the image by an ARG, so that a digest can be put there";
                continue;
            }

            var declared = all.TakeWhile(static item => item.Name == "ARG").Select(static item => item.Text).FirstOrDefault(text => text.StartsWith(name + "=", StringComparison.Ordinal));
            if (declared is null || !name.EndsWith("_IMAGE", StringComparison.Ordinal))
            {
                yield return $"FROM {image}: no ARG {name}_IMAGE before the first FROM";
                continue;
            }

            var reference = declared[(name.Length + 1)..].Split('@')[0];
            if (!reference[(reference.LastIndexOf('/') + 1)..].Contains(':', StringComparison.Ordinal) || reference.EndsWith(":latest", StringComparison.Ordinal))
            {
                yield return $"{declared}: a version is missing";
            }

            if (words is [.., var by, "build"] && by.Equals("AS", StringComparison.OrdinalIgnoreCase) && !words.Contains("--platform=$BUILDPLATFORM", StringComparer.Ordinal))
            {
                yield return "the build stage is emulated: FROM --platform=$BUILDPLATFORM";
            }
        }
    }

    private static IEnumerable<string> Run(string text)
    {
        if (text.Contains("apt-get install", StringComparison.Ordinal) && !text.Contains("--no-install-recommends", StringComparison.Ordinal))
        {
            yield return "apt-get install without --no-install-recommends";
        }

        if (text.Contains("apt-get update", StringComparison.Ordinal) && !text.Contains("rm -rf /var/lib/apt/lists", StringComparison.Ordinal))
        {
            yield return "the lists of apt stay in the layer";
        }

        if (text.Contains("curl", StringComparison.Ordinal) || text.Contains("wget", StringComparison.Ordinal))
        {
            yield return "what RUN downloads has no digest: take it from an image";
        }
    }

    private static IEnumerable<string> Copy(DockerInstruction instruction, Func<string, bool> exists)
    {
        if (instruction.Name == "ADD")
        {
            yield return $"ADD {instruction.Text}: use COPY";
        }
        else if (!instruction.Text.StartsWith("--from=", StringComparison.Ordinal))
        {
            foreach (var path in instruction.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..^1].Where(path => !exists(path)))
            {
                yield return $"COPY {path}: there is none";
            }
        }
    }

    private static IEnumerable<string> Ends(IReadOnlyList<DockerInstruction> last)
    {
        if (last.LastOrDefault(static item => item.Name == "USER")?.Text != User)
        {
            yield return $"the last stage does not run as {User}";
        }

        if (last.LastOrDefault(static item => item.Name == "ENTRYPOINT")?.Text.StartsWith('[') != true)
        {
            yield return "ENTRYPOINT is no list: a shell would get the signals";
        }

        foreach (var program in ((string[])["git", "git-lfs", "gpg", "openssh-client", "ca-certificates"])
            .Where(program => !last.Any(item => item.Name == "RUN" && item.Text.Split(' ').Contains(program, StringComparer.Ordinal))))
        {
            yield return $"{program} is missing";
        }

        foreach (var label in ((string[])["title", "description", "version", "revision", "base.name"])
            .Where(label => !last.Any(item => item.Name == "LABEL" && item.Text.Contains($"org.opencontainers.image.{label}=", StringComparison.Ordinal))))
        {
            yield return $"the label org.opencontainers.image.{label} is missing";
        }
    }
}
