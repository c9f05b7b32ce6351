using System.Diagnostics;
using System.Text;
using Estafeta.Tables.Text;

namespace Estafeta.Conformance.Tables;

/// <summary>The installed Postfix's postmap and postalias, run with a private configuration directory.</summary>
internal sealed class PostfixPostmap : IDisposable
{
    private const string Program = "/usr/sbin/postmap";

    public PostfixPostmap()
    {
        Assert.SkipUnless(File.Exists(Program), "Postfix is not installed: no " + Program);
        Root = Directory.CreateTempSubdirectory("estafeta-postmap-").FullName;
        File.WriteAllText(Path.Combine(Root, "main.cf"), $"""
            compatibility_level = 3.6
            default_database_type = hash
            queue_directory = {Root}
            data_directory = {Root}
            maillog_file = {Root}/log
            maillog_file_prefixes = {Root}

            """);
    }

    public string Root { get; }

    public string Write(string name, string text)
    {
        var path = Path.Combine(Root, name);
        File.WriteAllBytes(path, RawText.Encode(text));
        return path;
    }

    /// <summary><c>postmap -q -</c>: the answers by key, and the exit code.</summary>
    public async Task<(Dictionary<string, string> Answers, string Errors)> QueryAsync(string table, IEnumerable<string> keys)
    {
        var (output, errors, _) = await RunAsync(Program, ["-q", "-", table], string.Join('\n', keys) + "\n");
        var answers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var tab = line.IndexOf('\t');
            answers[line[..tab]] = line[(tab + 1)..];
        }

        return (answers, errors);
    }

    public Task<(string Output, string Errors, int Code)> PostmapAsync(params string[] arguments) => RunAsync(Program, arguments, "");

    public Task<(string Output, string Errors, int Code)> PostmapAsync(string input, string[] arguments) => RunAsync(Program, arguments, input);

    public Task<(string Output, string Errors, int Code)> PostaliasAsync(params string[] arguments) => RunAsync("/usr/sbin/postalias", arguments, "");

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private async Task<(string Output, string Errors, int Code)> RunAsync(string program, string[] arguments, string input)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardErrorEncoding = Encoding.Latin1,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Root);
        Array.ForEach(arguments, start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.BaseStream.WriteAsync(RawText.Encode(input), TestContext.Current.CancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (FromLatin1(await output), FromLatin1(await errors), process.ExitCode);
    }

    private static string FromLatin1(string text) => RawText.Decode(Encoding.Latin1.GetBytes(text));
}
