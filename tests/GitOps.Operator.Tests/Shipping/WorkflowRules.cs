using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace GitOps.Operator.Tests.Shipping;

/// <summary>What a workflow has to keep to that is run with rights to publish: its own rights, and whose code it runs.</summary>
internal static partial class WorkflowRules
{
    /// <param name="text">Of the file.</param>
    /// <returns>What is wrong.</returns>
    public static IEnumerable<string> Check(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        var root = (YamlMappingNode)stream.Documents[0].RootNode;
        return
        [
            .. text.Split('\n').Where(static line => Uses().IsMatch(line) && !PinnedUses().IsMatch(line))
                .Select(static line => $"not by commit with its version behind it: {line.Trim()}"),
            .. Triggers(root).Where(static name => name is "pull_request_target" or "workflow_run" or "issue_comment")
                .Select(static name => $"{name} runs with rights what strangers have written"),
            .. Get(root, "permissions") is YamlMappingNode { Children.Count: 0 } ? [] : new[] { "permissions: {} is missing at the top: what a job may do is said there" },
            .. IsBash(root) ? [] : new[] { "defaults.run.shell is not bash: unless it is named, a pipe hides that a command before its last has failed" },
            .. Get(root, "concurrency") is null ? ["concurrency is missing"] : Array.Empty<string>(),
            .. Secret().Matches(text).Select(static match => match.Groups[1].Value).Where(static name => name != "GITHUB_TOKEN")
                .Select(static name => $"the secret {name}: GITHUB_TOKEN has to do"),
            .. ((YamlMappingNode)Get(root, "jobs")!).Children.SelectMany(static job => Job(job.Key.ToString(), (YamlMappingNode)job.Value)),
        ];
    }

    private static IEnumerable<string> Job(string name, YamlMappingNode job)
    {
        if (Get(job, "permissions") is not YamlMappingNode { Children.Count: > 0 })
        {
            yield return $"{name}: permissions are missing";
        }

        if (Get(job, "timeout-minutes") is null)
        {
            yield return $"{name}: timeout-minutes is missing";
        }

        if (Get(job, "runs-on")?.ToString().EndsWith("-latest", StringComparison.Ordinal) == true)
        {
            yield return $"{name}: runs on whatever is the latest";
        }

        foreach (var step in ((YamlSequenceNode)Get(job, "steps")!).Children.Cast<YamlMappingNode>())
        {
            if (Get(step, "run")?.ToString() is { } script && script.Contains("${{", StringComparison.Ordinal))
            {
                yield return $"{name}: text of others may become a command: hand ${{{{ }}}} over by env, in: {script.Trim().Split('\n')[0]}";
            }

            if (Get(step, "uses")?.ToString().StartsWith("actions/checkout@", StringComparison.Ordinal) == true
                && (Get(step, "with") is not YamlMappingNode with || Get(with, "persist-credentials")?.ToString() != "false"))
            {
                yield return $"{name}: checkout leaves the token behind: persist-credentials: false";
            }
        }
    }

    private static bool IsBash(YamlMappingNode root) =>
        Get(root, "defaults") is YamlMappingNode defaults && Get(defaults, "run") is YamlMappingNode run && Get(run, "shell")?.ToString() == "bash";

    private static IEnumerable<string> Triggers(YamlMappingNode root) => Get(root, "on") switch
    {
        YamlMappingNode map => map.Children.Keys.Select(static key => key.ToString()),
        YamlSequenceNode list => list.Select(static item => item.ToString()),
        { } one => [one.ToString()],
        null => [],
    };

    private static YamlNode? Get(YamlMappingNode map, string key) => map.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;

    [GeneratedRegex(@"^\s*(- )?uses:")]
    private static partial Regex Uses();

    [GeneratedRegex(@"^\s*(- )?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v[0-9]+(\.[0-9]+){0,2}$")]
    private static partial Regex PinnedUses();

    [GeneratedRegex(@"secrets\s*[.\[]\s*['""]?(\w+)")]
    private static partial Regex Secret();
}
