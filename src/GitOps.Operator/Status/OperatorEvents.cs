using GitOps.Kubernetes.Events;
using GitOps.Operator.Api;

namespace GitOps.Operator.Status;

/// <summary>Kubernetes events about Applications. Recording never waits and never fails.</summary>
internal sealed class OperatorEvents
{
    private readonly EventRecorder _recorder;

    public OperatorEvents(EventRecorder recorder) => _recorder = recorder;

    public void Normal(ApplicationResource application, string reason, string action, string note) =>
        _recorder.Record(Reference(application), "Normal", reason, action, note);

    public void Warning(ApplicationResource application, string reason, string action, string note) =>
        _recorder.Record(Reference(application), "Warning", reason, action, note);

    /// <summary>A change of an object of the Application's.</summary>
    public void Changed(ApplicationResource application, string reason, string action, string note, ObjectReference changed) =>
        _recorder.Record(Reference(application), "Normal", reason, action, note, changed);

    private static ObjectReference Reference(ApplicationResource application) =>
        new(Names.ApiVersion, Names.ApplicationKind, application.Metadata.Namespace, application.Metadata.Name, application.Metadata.Uid);
}
