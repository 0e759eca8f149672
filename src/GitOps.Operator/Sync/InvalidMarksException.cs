using GitOps.Manifests;

namespace GitOps.Operator.Sync;

/// <summary>Annotations that say when something is written make no sense; the message has them all, each with its place.</summary>
internal sealed class InvalidMarksException(IEnumerable<ManifestError> errors) : Exception(string.Join('\n', errors));
