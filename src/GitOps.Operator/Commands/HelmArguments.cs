using System.CommandLine;
using GitOps.Manifests;
using GitOps.Manifests.Helm;
using GitOps.Operator.Api;
using GitOps.Operator.Helm;
using GitOps.Operator.Options;

namespace GitOps.Operator.Commands;

/// <summary>What <c>render</c> tells a chart.</summary>
internal sealed class HelmArguments
{
    private readonly Option<string> _release = new("--release") { HelpName = "NAME", Description = "Of a chart: the name of the release." };
    private readonly Option<string> _namespace = new("--release-namespace") { HelpName = "NS", Description = "Of a chart: the release's namespace." };
    private readonly Option<string[]> _values = new("--values", "-f")
    {
        HelpName = "FILE",
        Description = "Of a chart: a file of values, from the chart's directory, or with a / in front from the repository's; may be repeated.",
    };

    private readonly Option<string[]> _set = new("--set") { HelpName = "NAME=VALUE", Description = "Of a chart: one value; may be repeated." };
    private readonly Option<bool> _skipCrds = new("--skip-crds") { Description = "Of a chart: leave its crds directory out." };
    private readonly Option<string> _kubeVersion = new("--kube-version") { HelpName = "VERSION", Description = "Of a chart: the version of Kubernetes that it is told." };
    private readonly Option<string[]> _apiVersions = new("--api-versions") { HelpName = "NAME", Description = "Of a chart: an API that it is told is there; may be repeated." };
    private readonly Option<string> _helm = new("--helm") { HelpName = "PROGRAM", DefaultValueFactory = static _ => new OperatorOptions().Helm, Description = "The helm program." };
    private readonly Option<string> _isolation = new("--helm-isolation")
    {
        HelpName = "jail|none",
        DefaultValueFactory = static _ => "jail",
        Description = "How helm is kept apart. With none, a hostile chart may get all that you have.",
    };

    private HelmArguments()
    {
    }

    public static HelmArguments AddTo(Command command)
    {
        var arguments = new HelmArguments();
        arguments._isolation.AcceptOnlyFromAmong("jail", "none");
        foreach (var option in (Option[])
        [
            arguments._release, arguments._namespace, arguments._values, arguments._set, arguments._skipCrds, arguments._kubeVersion, arguments._apiVersions,
            arguments._helm, arguments._isolation,
        ])
        {
            command.Options.Add(option);
        }

        return arguments;
    }

    /// <exception cref="CommandException">A value has no name.</exception>
    public Values Read(ParseResult parsed)
    {
        var settings = new HelmSettings
        {
            ReleaseName = parsed.GetValue(_release).NullIfEmpty(),
            ValueFiles = [.. parsed.GetValue(_values) ?? []],
            Parameters = [.. (parsed.GetValue(_set) ?? []).Select(Parameter)],
            SkipCrds = parsed.GetValue(_skipCrds),
            KubeVersion = parsed.GetValue(_kubeVersion).NullIfEmpty(),
            ApiVersions = [.. parsed.GetValue(_apiVersions) ?? []],
        };
        var isSet = settings is not { ReleaseName: null, ValueFiles: [], Parameters: [], SkipCrds: false, KubeVersion: null, ApiVersions: [] };
        var isolation = parsed.GetValue(_isolation) == "none" ? HelmIsolation.None : HelmIsolation.Jail;
        return new(
            settings, isSet ? SourceKind.Helm : null, parsed.GetValue(_namespace) ?? string.Empty,
            new() { Helm = parsed.GetValue(_helm)!, HelmIsolation = isolation });
    }

    private static HelmParameter Parameter(string text) => text.IndexOf('=', StringComparison.Ordinal) is > 0 and var cut
        ? new(text[..cut], text[(cut + 1)..], ForceString: false)
        : throw new CommandException($"--set: '{text}' is not of the form NAME=VALUE");

    /// <param name="Settings">Of the chart.</param>
    /// <param name="Kind">A chart, if something was said that only a chart understands; null: the files say.</param>
    /// <param name="Namespace">Of the release; empty: the default.</param>
    /// <param name="Options">Which helm, and how it is kept apart.</param>
    internal sealed record Values(HelmSettings Settings, SourceKind? Kind, string Namespace, OperatorOptions Options);
}
