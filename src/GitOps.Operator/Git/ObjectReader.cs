using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace GitOps.Operator.Git;

/// <summary>An object of a mirror; null content where only its header was asked for.</summary>
internal sealed record GitObject(string Id, string Type, long Size, byte[]? Content);

/// <summary>
/// One <c>git cat-file --batch-command</c>, kept open. For one caller at a time. After an exception or a cancellation it is out of
/// step with the process and must be disposed.
/// </summary>
internal sealed class ObjectReader : IDisposable
{
    private const int MaxErrorBytes = 4096;

    // Requests written ahead of their answers: small enough for the pipe, so that neither side ever waits for the other.
    private const int Window = 256;

    private readonly Process _process;
    private readonly string _repository;
    private readonly Task<string> _errors;
    private readonly byte[] _buffer = new byte[32 * 1024];
    private int _start;
    private int _end;

    public ObjectReader(GitProcess git, string repository, string gitDirectory)
    {
        _repository = repository;
        _process = git.Start(new GitCommand("cat-file", repository, ["cat-file", "--batch-command"], Timeout.InfiniteTimeSpan)
        {
            GitDirectory = gitDirectory,

            // It would keep up to 96 MiB of what deltas are made of, per reader: a directory of a thousand Applications in each commit.
            Config = [new("core.deltaBaseCacheLimit", "8m")],
        });
        _errors = ReadErrorsAsync();
    }

    public long LastUsed { get; set; }

    public int ProcessId => _process.Id;

    public bool IsAlive => !_process.HasExited;

    /// <remarks><paramref name="name"/>: An object id, or an object id with a suffix like <c>^{commit}</c>.</remarks>
    /// <returns>Null where the mirror does not have it, or where a short id means several.</returns>
    /// <exception cref="GitException"><see cref="GitFailure.TooLarge"/>, <see cref="GitFailure.Corrupt"/> or the process is gone.</exception>
    public async Task<GitObject?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
    {
        await WriteAsync($"contents {name}\n", cancellationToken);
        var header = await HeaderAsync(cancellationToken);
        if (header is null)
        {
            return null;
        }

        if (header.Size > maxBytes)
        {
            throw new GitException(GitFailure.TooLarge, $"object {header.Id} has {header.Size} bytes; the limit is {maxBytes}");
        }

        var content = new byte[header.Size];
        await FillAsync(content, cancellationToken);
        await FillAsync(new byte[1], cancellationToken);
        return header with { Content = content };
    }

    /// <returns>In the order of the names; null where the mirror does not have it.</returns>
    public async Task<GitObject?[]> DescribeAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var found = new GitObject?[names.Count];
        var request = new StringBuilder();
        for (var first = 0; first < names.Count; first += Window)
        {
            var last = Math.Min(first + Window, names.Count);
            request.Clear();
            for (var i = first; i < last; i++)
            {
                request.Append("info ").Append(names[i]).Append('\n');
            }

            await WriteAsync(request.ToString(), cancellationToken);
            for (var i = first; i < last; i++)
            {
                found[i] = await HeaderAsync(cancellationToken);
            }
        }

        return found;
    }

    public void Dispose()
    {
        GitProcess.End(_process, mayHaveChildren: false);
        _process.Dispose();
    }

    private async Task WriteAsync(string request, CancellationToken cancellationToken)
    {
        try
        {
            await _process.StandardInput.BaseStream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
            await _process.StandardInput.BaseStream.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
            throw await EndedAsync();
        }
    }

    // "<id> <type> <size>", "<name> missing" or "<name> ambiguous".
    private async ValueTask<GitObject?> HeaderAsync(CancellationToken cancellationToken)
    {
        var parts = (await LineAsync(cancellationToken)).Split(' ');
        if (parts is [var id, var type, var length] && long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            return new GitObject(id, type, size, null);
        }

        return parts is [_, "missing" or "ambiguous"]
            ? null
            : throw new GitException(GitFailure.Other, $"{_repository}: git cat-file answered in an unknown way");
    }

    private async ValueTask<string> LineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = Encoding.ASCII.GetString(_buffer, _start, length);
                _start += length + 1;
                return line;
            }

            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }

            if (_end == _buffer.Length)
            {
                throw new GitException(GitFailure.Other, $"{_repository}: git cat-file answered in an unknown way");
            }

            _end += await ReadSomeAsync(_buffer.AsMemory(_end), cancellationToken);
        }
    }

    private async ValueTask FillAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        var buffered = Math.Min(target.Length, _end - _start);
        _buffer.AsMemory(_start, buffered).CopyTo(target);
        _start += buffered;
        target = target[buffered..];
        while (!target.IsEmpty)
        {
            target = target[(await ReadSomeAsync(target, cancellationToken))..];
        }
    }

    private async ValueTask<int> ReadSomeAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        try
        {
            var count = await _process.StandardOutput.BaseStream.ReadAsync(target, cancellationToken);
            return count > 0 ? count : throw await EndedAsync();
        }
        catch (IOException)
        {
            throw await EndedAsync();
        }
    }

    private async Task<GitException> EndedAsync()
    {
        GitProcess.End(_process, mayHaveChildren: false);
        return GitErrors.From(_repository, "cat-file", await _errors, -1, touchesMirror: true);
    }

    private async Task<string> ReadErrorsAsync()
    {
        var text = new ArrayBufferWriter<byte>();
        var buffer = new byte[1024];
        try
        {
            int count;
            while ((count = await _process.StandardError.BaseStream.ReadAsync(buffer)) > 0)
            {
                if (text.WrittenCount < MaxErrorBytes)
                {
                    text.Write(buffer.AsSpan(0, count));
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Disposed while waiting: what was read is what there is.
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
