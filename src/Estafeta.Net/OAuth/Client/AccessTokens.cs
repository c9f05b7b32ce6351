namespace Estafeta.Net.OAuth.Client;

/// <summary>
/// The access tokens of a process, by the files they come from. A token is renewed ahead of its end, once for all that wait; a renewed one is written
/// back to its file. After a failure nobody asks again for a while: an authorization server that throttles must not be asked once a message.
/// </summary>
/// <param name="defaultsPath">estafeta_oauth_config: client settings that token files leave out.</param>
public sealed class AccessTokens(string defaultsPath, Action<string> warn, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <exception cref="IOException">There is none to be had now; the text is for the log.</exception>
    public async ValueTask<string> GetAsync(string path, CancellationToken cancellationToken)
    {
        var entry = Find(path);
        await entry.Turn.WaitAsync(cancellationToken);
        try
        {
            return await GetAsync(entry, path, cancellationToken);
        }
        finally
        {
            entry.Turn.Release();
        }
    }

    /// <summary>A server did not take the token: it is renewed before its next use, whatever its end.</summary>
    public void Reject(string path, string token)
    {
        var entry = Find(path);
        lock (_lock)
        {
            entry.Rejected = token;
        }
    }

    public void Dispose()
    {
        foreach (var entry in _entries.Values)
        {
            entry.Http?.Dispose();
            entry.Turn.Dispose();
        }
    }

    private Entry Find(string path)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(path, out var entry) ? entry : _entries[path] = new Entry();
        }
    }

    private async ValueTask<string> GetAsync(Entry entry, string path, CancellationToken cancellationToken)
    {
        // Read each time: others may keep the file fresh, and it is small.
        var file = TokenFile.Read(path, defaultsPath);
        if (entry.Unsaved is { } unsaved && unsaved.Expiry > file.Expiry.GetValueOrDefault(DateTimeOffset.MinValue))
        {
            file = unsaved;
        }

        if (IsFresh(file, entry))
        {
            return file.AccessToken;
        }

        if (file.IsManagedElsewhere)
        {
            return file.AccessToken.Length > 0 ? file.AccessToken : throw new IOException($"{path}: no access_token in the file");
        }

        if (entry.Failure != null && time.GetElapsedTime(entry.FailedAt) < Pause)
        {
            return IsGood(file, entry) ? file.AccessToken : throw new IOException(entry.Failure);
        }

        // The next would be refused as well, and the authorization server asked once a message.
        if (file.AccessToken == entry.Rejected && IsNew(file, entry))
        {
            throw new IOException($"{path}: the mail server refuses a token that is new");
        }

        try
        {
            return await RenewAsync(entry, file, cancellationToken);
        }
        catch (IOException e)
        {
            // Another process may have been first, with a refresh token that is good for one use.
            if (e is TokenRefusedException && TokenFile.Read(path, defaultsPath) is var present && present.AccessToken != file.AccessToken && IsFresh(present, entry))
            {
                return present.AccessToken;
            }

            (entry.Failure, entry.FailedAt) = (e.Message, time.GetTimestamp());

            // It has some time left: better than none.
            if (IsGood(file, entry))
            {
                warn($"{path}: {e.Message}; the present token is used until its end");
                return file.AccessToken;
            }

            throw;
        }
    }

    private bool IsGood(TokenFile file, Entry entry) =>
        file.AccessToken.Length > 0 && file.AccessToken != entry.Rejected && file.Expiry > time.GetUtcNow();

    // A token may live no longer than the window ahead of its end: it is not renewed at once.
    private bool IsFresh(TokenFile file, Entry entry) =>
        IsGood(file, entry) && (file.Expiry - file.RefreshWindow > time.GetUtcNow() || IsNew(file, entry));

    private bool IsNew(TokenFile file, Entry entry) => file.AccessToken == entry.Issued && time.GetElapsedTime(entry.IssuedAt) < Pause;

    private async ValueTask<string> RenewAsync(Entry entry, TokenFile file, CancellationToken cancellationToken)
    {
        entry.Http ??= new OAuthHttp(file.Proxy, file.AuthorityFile, time);
        var issued = await TokenEndpoint.RenewAsync(file, entry.Http, time, cancellationToken);
        var renewed = file.With(issued.AccessToken, issued.Expiry, issued.RefreshToken);
        (entry.Failure, entry.Rejected, entry.Unsaved) = (null, null, null);
        (entry.Issued, entry.IssuedAt) = (issued.AccessToken, time.GetTimestamp());
        try
        {
            renewed.Save();
        }
        catch (IOException e)
        {
            // A refresh token may be good for one use: the new one now lives in this process only.
            entry.Unsaved = renewed;
            warn($"{file.Path}: the renewed token cannot be saved: {e.Message}");
        }

        return issued.AccessToken;
    }

    private sealed class Entry
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public OAuthHttp? Http { get; set; }

        /// <summary>Renewed, and not in the file.</summary>
        public TokenFile? Unsaved { get; set; }

        /// <summary>The last this process got.</summary>
        public string? Issued { get; set; }

        public long IssuedAt { get; set; }

        public string? Rejected { get; set; }

        public string? Failure { get; set; }

        public long FailedAt { get; set; }
    }
}
