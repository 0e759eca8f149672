namespace GitOps.Kubernetes.Config;

/// <summary>PEM text that is either given or read from a file, again and again, because files are rotated.</summary>
public sealed record PemSource
{
    private readonly byte[] _data = [];

    private PemSource(string? path, byte[] data)
    {
        Path = path;
        _data = data;
    }

    /// <summary>Null: the data were given.</summary>
    public string? Path { get; }

    public static PemSource FromFile(string path) => new(path, []);

    public static PemSource FromData(byte[] pem) => new(path: null, pem);

    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public byte[] Read() => Path is null ? _data : File.ReadAllBytes(Path);

    /// <summary>Where it comes from; never what it holds.</summary>
    public override string ToString() => Path ?? "inline data";
}
