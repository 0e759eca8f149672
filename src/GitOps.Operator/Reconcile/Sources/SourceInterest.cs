using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Sources;

/// <summary>What a subscription is for.</summary>
internal sealed record SourceInterest(RepositoryAddress Repository, RevisionName Revision, string? Chart, TimeSpan Interval);

/// <summary>The commits that mirrors were told to keep.</summary>
/// <param name="Spec">Of the sources.</param>
/// <param name="History">Whose commits they are.</param>
/// <param name="Applied">And those; null: none.</param>
/// <param name="Repositories">Whose mirrors.</param>
internal sealed record SourceClaims(ValidatedSpec Spec, ImmutableArray<HistoryEntry> History, string? Applied, ImmutableArray<RepositoryAddress> Repositories);
