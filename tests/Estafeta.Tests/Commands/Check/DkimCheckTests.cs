using System.Security.Cryptography;
using Estafeta.Commands.Check;

namespace Estafeta.Tests.Commands.Check;

/// <summary>estafeta check on tables of DKIM keys.</summary>
public sealed class DkimCheckTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("estafeta").FullName;
    private readonly string _key;

    public DkimCheckTests()
    {
        using var rsa = RSA.Create(2048);
        _key = Write("key.pem", rsa.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("*@example.com k", "k example.com:s:@KEY", "k", null)]
    [InlineData("*@example.com k,l\n* %", "k %:s:@KEY\nl example.com:s:/keys/%.pem", "", null)]
    [InlineData("*@example.com other", "k example.com:s:@KEY", "", "unknown-dkim-key: no key other in file:@DIR/keys")]
    [InlineData("*@example.com k", "k example.com:s:@KEY", "seal", "unknown-dkim-key: no key seal in file:@DIR/keys")]
    [InlineData("*@example.com k", "k example.com", "", "dkim-key-unusable: key k: not domain:selector:key")]
    [InlineData("*@example.com k", "k example.com:s:@DIR/none", "", "dkim-key-unusable: key k: Could not find file '@DIR/none'.")]
    [InlineData("*@example.com k", "k example.com:s:@DIR/keys", "", "dkim-key-unusable: key k: @DIR/keys: no RSA or Ed25519 private key without passphrase")]
    public async Task Tables_AreLookedAt(string rules, string keys, string seal, string? expected)
    {
        var signing = Write("signing", rules + "\n");
        var table = Write("keys", Named(keys) + "\n");

        Assert.Equal(expected == null ? [] : [Named(expected)], await FindingsAsync(
            $"estafeta_dkim_signing_table = refile:{signing}\nestafeta_dkim_key_table = file:{table}\nestafeta_arc_seal_key = {seal}\n"));
    }

    [Fact]
    public async Task KeyThatOthersRead_IsFound()
    {
        File.SetUnixFileMode(_key, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Assert.Equal([$"readable-key: the private key {_key} can be read by everybody"], await FindingsAsync(
            $"estafeta_dkim_key_table = file:{Write("keys", $"k example.com:s:{_key}\n")}\n"));
    }

    private string Named(string text) => text.Replace("@KEY", _key, StringComparison.Ordinal).Replace("@DIR", _directory, StringComparison.Ordinal);

    private static async Task<List<string>> FindingsAsync(string settings)
    {
        var main = "myhostname = mail.example.com\nmydestination = $myhostname, localhost, example.com\n" + CheckTests.Base + settings;
        return [.. (await CheckProgram.FindingsAsync(CheckedConfiguration.Parse(main, CheckTests.MasterCf, "/c"), TimeProvider.System)).Select(f => $"{f.Rule}: {f.Message}")];
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
