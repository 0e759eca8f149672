using System.Collections.Immutable;
using System.Globalization;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Sync;

/// <summary>
/// When an object is to be written, from its annotations: ours, else Argo CD's, else Helm's. What cannot be made sense of is an
/// error, never passed over: a misspelt hook that is left out would be a migration that did not run.
/// </summary>
internal static class MarkReader
{
    public const string HelmHook = "helm.sh/hook";
    public const string HelmWeight = "helm.sh/hook-weight";
    public const string HelmDeletion = "helm.sh/hook-delete-policy";

    private const string Skip = "Skip";

    private static readonly Dictionary<string, SyncPhase> Phases =
        Enum.GetValues<SyncPhase>().ToDictionary(static phase => phase.ToString(), StringComparer.Ordinal);

    /// <summary>Null: Helm runs it by itself, or never in a deployment.</summary>
    private static readonly Dictionary<string, SyncPhase?> HelmPhases = new(StringComparer.Ordinal)
    {
        ["pre-install"] = SyncPhase.PreSync,
        ["pre-upgrade"] = SyncPhase.PreSync,
        ["post-install"] = SyncPhase.PostSync,
        ["post-upgrade"] = SyncPhase.PostSync,
        ["pre-delete"] = SyncPhase.PreDelete,
        ["post-delete"] = SyncPhase.PostDelete,
        ["pre-rollback"] = null,
        ["post-rollback"] = null,
        ["test"] = null,
        ["test-success"] = null,
        ["test-failure"] = null,
    };

    private static readonly Dictionary<string, HookDeletion> Deletions = new(StringComparer.Ordinal)
    {
        ["BeforeHookCreation"] = HookDeletion.BeforeHookCreation,
        ["HookSucceeded"] = HookDeletion.HookSucceeded,
        ["HookFailed"] = HookDeletion.HookFailed,
    };

    private static readonly Dictionary<string, HookDeletion> HelmDeletions = new(StringComparer.Ordinal)
    {
        ["before-hook-creation"] = HookDeletion.BeforeHookCreation,
        ["hook-succeeded"] = HookDeletion.HookSucceeded,
        ["hook-failed"] = HookDeletion.HookFailed,
    };

    /// <param name="rendered">The object.</param>
    /// <param name="errors">Takes a sentence for each annotation that makes no sense.</param>
    public static SyncMarks Read(KubernetesObject rendered, ICollection<string> errors)
    {
        var (hooks, isLeftOut) = Hooks(rendered, errors);
        var wave = Wave(rendered, errors);
        var deletion = Deletion(rendered, errors);
        return hooks.IsDefaultOrEmpty && !isLeftOut
            ? SyncMarks.None with { Wave = wave }
            : new(wave, hooks, deletion, isLeftOut);
    }

    private static (ImmutableArray<SyncPhase> Phases, bool IsLeftOut) Hooks(KubernetesObject rendered, ICollection<string> errors)
    {
        if (Annotations.FindNamed(rendered, Annotations.Hook) is { } ours)
        {
            var words = Words(ours.Value);
            var phases = ImmutableArray.CreateBuilder<SyncPhase>();
            foreach (var word in words.Where(static word => word != Skip))
            {
                if (Phases.TryGetValue(word, out var phase))
                {
                    phases.Add(phase);
                }
                else
                {
                    errors.Add($"{rendered}: annotation {ours.Name}: '{word}' is no hook; the hooks are {string.Join(", ", Phases.Keys)} and {Skip}");
                }
            }

            if (words.Length == 0)
            {
                errors.Add($"{rendered}: annotation {ours.Name} is empty; name a hook, or remove it");
            }

            return ([.. phases.Distinct()], words.Length > 0 && Array.TrueForAll(words, static word => word == Skip));
        }

        return rendered.Annotation(HelmHook) is { } helm ? HelmHooks(rendered, Words(helm), errors) : default;
    }

    private static (ImmutableArray<SyncPhase> Phases, bool IsLeftOut) HelmHooks(
        KubernetesObject rendered, string[] words, ICollection<string> errors)
    {
        var phases = ImmutableArray.CreateBuilder<SyncPhase>();
        foreach (var word in words.Where(static word => word != "crd-install"))
        {
            if (!HelmPhases.TryGetValue(word, out var phase))
            {
                errors.Add($"{rendered}: annotation {HelmHook}: '{word}' is no hook of Helm; the hooks are {string.Join(", ", HelmPhases.Keys)}");
            }
            else if (phase is { } known)
            {
                phases.Add(known);
            }
        }

        // As Argo CD: crd-install makes an ordinary object, tests and rollbacks are left out.
        return ([.. phases.Distinct()], phases.Count == 0 && !words.Contains("crd-install", StringComparer.Ordinal));
    }

    private static int Wave(KubernetesObject rendered, ICollection<string> errors)
    {
        if (Annotations.FindNamed(rendered, Annotations.SyncWave) is { } wave)
        {
            if (int.TryParse(wave.Value.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }

            errors.Add($"{rendered}: annotation {wave.Name}: '{wave.Value}' is no whole number");
            return 0;
        }

        if (rendered.Annotation(HelmHook) is null || rendered.Annotation(HelmWeight) is not { } weight)
        {
            return 0;
        }

        if (int.TryParse(weight.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var weighed))
        {
            return weighed;
        }

        errors.Add($"{rendered}: annotation {HelmWeight}: '{weight}' is no whole number");
        return 0;
    }

    private static HookDeletion Deletion(KubernetesObject rendered, ICollection<string> errors)
    {
        var (name, value, known) = Annotations.FindNamed(rendered, Annotations.HookDeletePolicy) is { } ours
            ? (ours.Name, ours.Value, Deletions)
            : (HelmDeletion, rendered.Annotation(HelmDeletion) ?? string.Empty, HelmDeletions);
        var deletion = HookDeletion.None;
        foreach (var word in Words(value))
        {
            if (known.TryGetValue(word, out var policy))
            {
                deletion |= policy;
            }
            else
            {
                errors.Add($"{rendered}: annotation {name}: '{word}' is no delete policy; the policies are {string.Join(", ", known.Keys)}");
            }
        }

        return deletion == HookDeletion.None ? HookDeletion.BeforeHookCreation : deletion;
    }

    private static string[] Words(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
