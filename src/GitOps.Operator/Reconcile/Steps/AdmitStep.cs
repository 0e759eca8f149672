using System.Collections.Immutable;
using System.Security.Cryptography;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Sources;

namespace GitOps.Operator.Reconcile.Steps;

/// <summary>Whether the spec can be acted on, and as whom; keeps the subscriptions to its repositories in step with it.</summary>
internal sealed class AdmitStep : IReconcileStep
{
    private readonly IKubernetesClient _client;
    private readonly SourceAccess _access;
    private readonly TrustPolicy _policy;
    private readonly IReconcileTrigger _trigger;

    public AdmitStep(IKubernetesClient client, SourceAccess access, TrustPolicy policy, IReconcileTrigger trigger)
    {
        _client = client;
        _access = access;
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
        foreach (var (_, subscription) in runtime.Subscriptions)
        {
            subscription.Dispose();
        }

        runtime.Subscriptions = [];
        runtime.SubscribedFor = null;
    }

    /// <summary>
    /// The commits of the history stay at hand, whatever becomes of their branch: one of them may be gone back to. And those that
    /// were applied, of which a mirror pins one only.
    /// </summary>
    private void Claim(ApplicationRuntime runtime, ValidatedSpec spec)
    {
        var history = runtime.Status.History;
        var applied = runtime.Inventory?.Header?.Revision;
        var before = runtime.Claimed;
        if (before is not null && ReferenceEquals(before.Spec, spec) && before.History == history && before.Applied == applied)
        {
            return;
        }

        var name = runtime.Key.ToString();
        var claims = new Dictionary<RepositoryAddress, HashSet<string>>();
        foreach (var source in spec.Sources.Where(static source => !source.IsChart))
        {
            claims.TryAdd(source.Repository, []);
        }

        foreach (var entry in history)
        {
            Add(entry.FullRevision, entry.AllSources);
        }

        if (spec.HasSeveralSources)
        {
            Add(applied, []);
        }

        foreach (var former in (before?.Repositories ?? []).Where(former => !claims.ContainsKey(former)))
        {
            _access.Unpin(former, name);
        }

        foreach (var (repository, shas) in claims)
        {
            _access.Claim(repository, name, shas);
        }

        runtime.Claimed = new(spec, history, applied, [.. claims.Keys]);

        void Add(string? revision, ImmutableArray<HistorySource> from)
        {
            var shas = string.IsNullOrEmpty(revision) ? [] : Revisions.Split(revision);
            for (var i = 0; i < shas.Length; i++)
            {
                // What an entry does not say is taken for what the spec says now.
                var url = (i < from.Length ? from[i].RepoUrl : null) ?? (i < spec.Sources.Length ? spec.Sources[i].RepoUrl : null);
                var isChart = i < from.Length ? from[i].Chart is not null : i < spec.Sources.Length && spec.Sources[i].IsChart;
                if (url is not null && !isChart && claims.TryGetValue(spec.Sources[0].Repository with { Url = url }, out var claimed))
                {
                    claimed.Add(shas[i]);
                }
            }
        }
    }

    private void Subscribe(ApplicationRuntime runtime, ValidatedSpec spec)
    {
        if (ReferenceEquals(runtime.SubscribedFor, spec))
        {
            return;
        }

        // The new ones first: a repository that loses its last subscription is no longer polled.
        var key = runtime.Key;
        var former = runtime.Subscriptions.ToList();
        var subscriptions = ImmutableArray.CreateBuilder<(SourceInterest, IDisposable)>(spec.Sources.Length);
        try
        {
            foreach (var source in spec.Sources)
            {
                var interest = new SourceInterest(source.Repository, source.RevisionName, source.Chart, spec.Interval);
                var index = former.FindIndex(known => known.Interest == interest);
                if (index < 0)
                {
                    subscriptions.Add((interest, _access.Subscribe(source, spec.Interval, () => Triggers.Within(Triggers.Poll, () => _trigger.Trigger(key)))));
                }
                else
                {
                    subscriptions.Add(former[index]);
                    former.RemoveAt(index);
                }
            }
        }
        finally
        {
            runtime.Subscriptions = [.. subscriptions, .. former];
        }

        runtime.SubscribedFor = spec;
        runtime.Subscriptions = subscriptions.ToImmutable();
        foreach (var (_, subscription) in former)
        {
            subscription.Dispose();
        }
    }
}
