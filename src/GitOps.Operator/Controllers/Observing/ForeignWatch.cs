using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Diff.Foreign;
using GitOps.Operator.Model;

namespace GitOps.Operator.Controllers.Observing;

/// <summary>
/// What is known of the foreign fields of one object: nothing, unless its Application asks. Belongs to
/// <see cref="ManagedObject"/>, under the lock of <see cref="ManagedObjects"/>.
/// </summary>
internal sealed class ForeignWatch
{
    private string _judged = string.Empty;

    /// <summary>Who may set anything; null: everybody, and nothing is looked at.</summary>
    public ForeignManagers? Managers { get; private set; }

    /// <summary>The object in which somebody's fields are others than they were when they were judged; null: none.</summary>
    public KubernetesObject? Unjudged { get; private set; }

    /// <returns>Whether the object has to be read for it.</returns>
    public bool Ask(ForeignManagers? managers)
    {
        var isNew = managers is not null && !ReferenceEquals(managers, Managers);
        Managers = managers;
        if (managers is null || isNew)
        {
            Reset();
        }

        return isNew;
    }

    /// <summary>What was judged has to be judged again.</summary>
    /// <returns>Whether there was something.</returns>
    public bool Reset()
    {
        var had = _judged.Length > 0 || Unjudged is not null;
        (_judged, Unjudged) = (string.Empty, null);
        return had;
    }

    /// <returns>Whether there is something new to judge.</returns>
    public bool Saw(KubernetesObject seen)
    {
        if (Managers is null)
        {
            return false;
        }

        var isNew = ForeignFieldFinder.Signature(seen, Names.FieldManager, Managers) != _judged;
        Unjudged = isNew ? seen : null;
        return isNew;
    }

    /// <param name="seen">What was looked at.</param>
    /// <param name="after">What it was made then.</param>
    public void Judged(KubernetesObject seen, KubernetesObject after)
    {
        if (Managers is not null && ReferenceEquals(seen, Unjudged))
        {
            _judged = ForeignFieldFinder.Signature(after, Names.FieldManager, Managers);
            Unjudged = null;
        }
    }
}
