using System.Text;

namespace GitOps.Operator.Api;

/// <summary>The files of <c>crds/</c>, which the program carries so that the sandbox can install them.</summary>
internal static class EmbeddedCrds
{
    private const string Prefix = "crds/";

    /// <summary>Name and text of each file, by name.</summary>
    public static IReadOnlyList<(string File, string Yaml)> All()
    {
        var assembly = typeof(EmbeddedCrds).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => (name[Prefix.Length..], Read(assembly.GetManifestResourceStream(name)!))),
        ];
    }

    private static string Read(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
