using System.Security.Cryptography;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers;
using GitOps.Operator.Git;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>Whether the spec can be acted on, and as whom; keeps the subscription to the repository in step with it.</summary>
internal sealed class AdmitStep : IReconcileStep
{
    private readonly IKubernetesClient _client;
    private readonly IGitRepositories _repositories;
    private readonly TrustPolicy _policy;
    private readonly IReconcileTrigger _trigger;

    public AdmitStep(IKubernetesClient client, IGitRepositories repositories, TrustPolicy policy, IReconcileTrigger trigger)
    {
        _client = client;
        _repositories = repositories;
        _policy = policy;
        _trigger = trigger;
    }

    public string Name => "admit";

    public Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken)
    {
        var runtime = context.Runtime;
        var application = context.Application;
        var annotations = ApplicationAnnotationRules.Signature(application.Metadata.Annotations);
        if (runtime.Validation is null || runtime.ValidatedGeneration != application.Metadata.Generation || runtime.ValidatedAnnotations != annotations)
        {
            runtime.Validation = SpecValidator.Validate(application, _policy);
            runtime.ValidatedGeneration = application.Metadata.Generation;
            runtime.ValidatedAnnotations = annotations;
            var hash = Convert.ToHexStringLower(SHA256.HashData(KubernetesJson.ToUtf8(application.RawSpec)))[..16];
            if (hash != runtime.SpecHash)
            {
                // A request to sync is a generation too, and changes nothing of what a sync would do.
                runtime.SpecHash = hash;
                runtime.Preview = null;
            }
        }

        if (runtime.Validation.Spec is not { } spec)
        {
            Unsubscribe(runtime);
            return Task.FromResult(StepResult.Stall(runtime.Validation.Reason, runtime.Validation.Message));
        }

        context.Spec = spec;
        context.Writer = _client.As(spec.Impersonation);
        Subscribe(runtime, spec);
        Claim(runtime, spec);
        return Task.FromResult(StepResult.Continue);
    }

    private static void Unsubscribe(ApplicationRuntime runtime)
    {
        runtime.Subscription?.Dispose();
        runtime.Subscription = null;
        runtime.Subscribed = default;
    }

    /// <summary>The commits of the history stay at hand, whatever becomes of their branch: one of them may be gone back to.</summary>
    private void Claim(ApplicationRuntime runtime, ValidatedSpec spec)
    {
        var history = runtime.Status.History;
        var (repository, claimed) = runtime.Claimed;
        if (repository == spec.Repository && claimed == history)
        {
            return;
        }

        var name = runtime.Key.ToString();
        if (repository is { } former && former != spec.Repository)
        {
            _repositories.Unpin(former, name);
        }

        _repositories.Claim(spec.Repository, name, [.. history
            .Where(entry => entry.Source?.RepoUrl is null || entry.Source.RepoUrl == spec.RepoUrl)
            .Select(static entry => entry.Revision).OfType<string>().Distinct(StringComparer.Ordinal)]);
        runtime.Claimed = (spec.Repository, history);
    }

    private void Subscribe(ApplicationRuntime runtime, ValidatedSpec spec)
    {
        var wanted = (spec.Repository, spec.Revision, spec.Interval);
        if (runtime.Subscription is not null && runtime.Subscribed == wanted)
        {
            return;
        }

        // The new one first: a repository that loses its last subscription is no longer polled.
        var key = runtime.Key;
        var subscription = _repositories.Subscribe(new(spec.Repository, spec.Revision, spec.Interval, () => _trigger.Trigger(key)));
        runtime.Subscription?.Dispose();
        runtime.Subscription = subscription;
        runtime.Subscribed = wanted;
    }
}
