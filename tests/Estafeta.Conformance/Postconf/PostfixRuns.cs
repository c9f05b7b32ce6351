namespace Estafeta.Conformance.Postconf;

/// <summary>
/// What the installed postconf makes of all cases of a file, run side by side: it sleeps a second after each fatal error.
/// Directories have names of one length, because output is folded.
/// </summary>
public sealed class PostfixRuns : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("postconf").FullName;
    private readonly Dictionary<string, Task<PostconfRun>> _runs = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _places = new(24);
    private int _directories;

    public ValueTask InitializeAsync()
    {
        if (PostconfRun.IsInstalled)
        {
            string[] files = ["listings.txt", "edits.txt", "commandlines.txt"];
            foreach (var run in files.SelectMany(PostconfCase.Load).Concat(PostconfCase.Recipes()).Concat(GeneratedCases.All()))
            {
                _runs.TryAdd(run.ToString(), RunAsync(run));
            }
        }

        return ValueTask.CompletedTask;
    }

    public Task<PostconfRun> OfAsync(PostconfCase run) => _runs[run.ToString()];

    public string NewDirectory() => Directory.CreateDirectory(Path.Combine(_root, $"{Interlocked.Increment(ref _directories):D6}")).FullName;

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_runs.Values);
        _places.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private async Task<PostconfRun> RunAsync(PostconfCase run)
    {
        await _places.WaitAsync();
        try
        {
            return await PostconfRun.PostfixAsync(run, NewDirectory());
        }
        finally
        {
            _places.Release();
        }
    }
}
