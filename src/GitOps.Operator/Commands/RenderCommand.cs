using System.Collections.Immutable;
using System.CommandLine;
using GitOps.Manifests;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Render;

namespace GitOps.Operator.Commands;

/// <summary><c>render</c>: what a directory would be applied as, without a cluster.</summary>
internal static class RenderCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "A directory; with --repo, its path in the repository." };
        var revision = new Option<string>("--revision")
        {
            HelpName = "R",
            Description = "Branch, tag or commit. Default: the files as they are; with --repo, the default branch.",
        };
        var repository = new Option<string>("--repo") { HelpName = "URL", Description = "The repository. Default: the one that PATH is in." };
        var @namespace = new Option<string>("--namespace") { HelpName = "NS", Description = "For namespaced objects that name none." };
        var output = new Option<string>("--output", "-o") { HelpName = "yaml|json", DefaultValueFactory = static _ => "yaml", Description = "The format." };
        output.AcceptOnlyFromAmong("yaml", "json");
        var recurse = new Option<bool>("--recurse") { Description = "Read the directories below it too." };
        var include = new Option<string>("--include") { HelpName = "GLOB", Description = "Only the files that match." };
        var exclude = new Option<string>("--exclude") { HelpName = "GLOB", Description = "Not the files that match." };
        var command = new Command("render", "Print the manifests of a directory, as the operator would render them.")
        {
            path, revision, repository, @namespace, output, recurse, include, exclude,
        };
        var settings = HelmArguments.AddTo(command);
        command.SetAction((parsed, cancellationToken) => CommandErrors.GuardAsync(
            parsed.InvocationConfiguration.Error,
            async () =>
            {
                var place = new RenderPlace(parsed.GetRequiredValue(path), parsed.GetValue(repository), parsed.GetValue(revision));
                var result = await RenderAsync(
                    place, new(parsed.GetValue(recurse), parsed.GetValue(include), parsed.GetValue(exclude)), settings.Read(parsed), cancellationToken);
                await WriteAsync(
                    result, parsed.GetValue(@namespace), parsed.GetValue(output) == "json", parsed.InvocationConfiguration.Output,
                    parsed.InvocationConfiguration.Error);
                return 0;
            },
            cancellationToken));
        return command;
    }

    private static async Task<RenderResult> RenderAsync(RenderPlace place, DirectoryOptions options, HelmArguments.Values helm, CancellationToken cancellationToken)
    {
        await using var source = await RenderSource.OpenAsync(place, cancellationToken);
        var build = new BuildIdentity(string.Empty, helm.Namespace, string.Empty, []);
        using var work = new HelmWorkspace(helm.Options);
        return await DirectoryRenderer.RenderAsync(
            new(new BuildTree(source.Tree, build, work.Stage.Facts)),
            new(source.Path, options == DirectoryOptions.None ? helm.Kind : SourceKind.Directory, options, KustomizeSettings.None, build) { Helm = helm.Settings },
            new(work.Stage.Renderer, ImmutableDictionary<string, ISourceTree>.Empty),
            cancellationToken);
    }

    private static async Task WriteAsync(RenderResult result, string? @namespace, bool asJson, TextWriter output, TextWriter error)
    {
        foreach (var warning in result.Warnings)
        {
            await error.WriteLineAsync("warning: " + warning);
        }

        var objects = result.Objects.Select(static rendered => rendered.Object).ToImmutableArray();
        if (@namespace is not null)
        {
            ObjectScopes.SetNamespace(objects, @namespace);
        }

        if (asJson)
        {
            ManifestWriter.WriteJson(output, objects);
        }
        else
        {
            ManifestWriter.WriteYaml(output, objects);
        }

        await output.FlushAsync();
    }
}
