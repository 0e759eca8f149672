using GitOps.Operator.Api;
using GitOps.Operator.Charts;

namespace GitOps.Operator.Reconcile.Sources;

/// <summary>A source in the words of those who fetch charts.</summary>
internal static class SourceAddresses
{
    extension(CheckedSource source)
    {
        /// <summary>Which version of which chart is meant; only of a chart.</summary>
        public ChartReference ChartReference => new(source.Repository, source.Chart!, source.Revision) { PassCredentials = source.Helm.PassCredentials };
    }
}
