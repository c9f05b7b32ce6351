using System.Text;
using System.Text.Json;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Oauth;
using Estafeta.Tests.Net.OAuth;

namespace Estafeta.Tests.Commands.Oauth;

public sealed class OauthProgramTests
{
    private const string Device = """{"device_code":"dc","user_code":"AB-CD","verification_uri":"https://id.test/device","interval":0,"expires_in":60}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Login_WaitsForThePerson_AndFillsTheFile()
    {
        var (status, output, file, requests) = await RunAsync(
            "login", (200, Device), (400, """{"error":"authorization_pending"}"""), (200, """{"access_token":"a","expires_in":60,"refresh_token":"r"}"""));
        Assert.Equal(0, status);
        Assert.StartsWith("Go to https://id.test/device and enter the code AB-CD\n", output, StringComparison.Ordinal);
        Assert.Equal("r", file.GetProperty("refresh_token").GetString());
        Assert.Equal(
            ["client_id=me&scope=smtp", "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=dc&client_id=me&scope=smtp"],
            requests.Select(r => r.Split("  ")[1]).Distinct());
    }

    [Theory]
    [InlineData("access_denied")]
    [InlineData("expired_token")]
    public async Task Login_Refused_Fails(string code)
    {
        var (status, output, _, _) = await RunAsync("login", (200, Device), (400, $$"""{"error":"{{code}}"}"""));
        Assert.Equal(1, status);
        Assert.Contains($"refuses: {code}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_ByAThrottlingServer_TakesLonger()
    {
        var (status, _, file, requests) = await RunAsync("login", (200, Device), (429, "slowly"), (503, ""), (200, """{"access_token":"a","expires_in":60}"""));
        Assert.Equal((0, 4), (status, requests.Count));
        Assert.Equal("a", file.GetProperty("access_token").GetString());
    }

    [Fact]
    public async Task Refresh_SaysHowItWent()
    {
        var (status, output, file, _) = await RunAsync("refresh", (200, """{"access_token":"b","expires_in":60}"""));
        Assert.Equal(0, status);
        Assert.Contains(": a token, good until ", output, StringComparison.Ordinal);
        Assert.Equal("b", file.GetProperty("access_token").GetString());
    }

    private static async Task<(int Status, string Output, JsonElement File, IReadOnlyList<string> Requests)> RunAsync(
        string verb, params (int, string)[] answers)
    {
        await using var provider = new IdentityProvider(answers) { RetryAfter = "0" };
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, $$"""
                {"client_id":"me","token_endpoint":"{{provider.Url}}","device_authorization_endpoint":"{{provider.Url}}","scope":"smtp","refresh_token":"r0"}
                """, Token);
            using var output = new MemoryStream();
            var status = await OauthProgram.RunAsync([verb, path], TimeProvider.System, new CommandStreams(Stream.Null, output, output));
            using var document = JsonDocument.Parse(await File.ReadAllTextAsync(path, Token));
            return (status, Encoding.UTF8.GetString(output.ToArray()), document.RootElement.Clone(), provider.Requests);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
