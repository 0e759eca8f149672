using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers;
using GitOps.Operator.Git;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>
/// The annotation <c>refresh</c>: <c>normal</c> looks at the repository now instead of at the next interval, <c>hard</c> also
/// renders anew whatever is remembered. The annotation is taken off when that is done, unless it changed meanwhile.
/// </summary>
internal sealed class RefreshStep : IReconcileStep
{
    private const string Hard = "hard";
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(5);

    private readonly IKubernetesClient _client;
    private readonly IGitRepositories _repositories;
    private readonly IReconcileTrigger _trigger;
    private readonly TimeProvider _time;
    private readonly CancellationToken _stopping;

    public RefreshStep(
        IKubernetesClient client, IGitRepositories repositories, IReconcileTrigger trigger, TimeProvider time, CancellationToken stopping)
    {
        _client = client;
        _repositories = repositories;
        _trigger = trigger;
        _time = time;
        _stopping = stopping;
    }

    public string Name => "refresh";

    public async Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        if (Annotations.Find(context.Application.Metadata.Annotations, Annotations.Refresh) is not { } kind)
        {
            return StepResult.Continue;
        }

        var runtime = context.Runtime;
        try
        {
            var (done, _) = await runtime.Refreshing.AskAsync(
                context.Application.Metadata.ResourceVersion, () => PollAsync(context.Spec.RepoUrl), Moment, _trigger, context.Key, _time,
                cancellationToken);
            if (!done)
            {
                return StepResult.Continue;
            }
        }
        catch (GitException)
        {
            // The step that resolves says what is wrong with the repository.
        }

        if (kind == Hard)
        {
            runtime.Target = runtime.Target is { } target ? target with { OptionsHash = string.Empty } : null;
            runtime.RenderFailure = null;
            runtime.Attempt = null;
        }

        await RemoveAsync(context, cancellationToken);
        return StepResult.Continue;
    }

    private async ValueTask<bool> PollAsync(string repoUrl)
    {
        await _repositories.RefreshAsync(repoUrl, _stopping);
        return true;
    }

    private async Task RemoveAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var patch = new JsonArray();
        foreach (var name in new[] { Annotations.Prefix + Annotations.Refresh, Annotations.ArgoPrefix + Annotations.Refresh })
        {
            if (context.Application.Metadata.Annotations.TryGetValue(name, out var value))
            {
                var path = $"/metadata/annotations/{name.Replace("/", "~1", StringComparison.Ordinal)}";
                patch.Add(new JsonObject { ["op"] = "test", ["path"] = path, ["value"] = value });
                patch.Add(new JsonObject { ["op"] = "remove", ["path"] = path });
            }
        }

        try
        {
            await _client.PatchAsync(
                Names.Application, context.Key.Namespace, context.Key.Name, PatchType.Json, patch,
                new WriteOptions(Names.StatusFieldManager), cancellationToken);
        }
        catch (ApiException refusal) when (refusal.IsInvalid || refusal.IsNotFound)
        {
            // Asked again meanwhile: the next pass sees it.
        }
    }
}
