using Estafeta.Commands.CommandLine;
using Estafeta.Net.OAuth;
using Estafeta.Net.OAuth.Client;

namespace Estafeta.Commands.Oauth;

/// <summary>
/// <c>estafeta oauth login FILE</c>: fills a token file for smtp_sasl_password_maps. The file says client_id, token_endpoint, device_authorization_endpoint
/// and scope; a person is sent to a page, and their consent is what is saved. <c>estafeta oauth refresh FILE</c> tries a renewal and says how it went.
/// </summary>
public static class OauthProgram
{
    private const string Name = "oauth";
    private const string DefaultClient = "/etc/sasl-xoauth2.conf";

    /// <param name="arguments">Without the verb.</param>
    /// <param name="time">For waiting, and for the token's end.</param>
    /// <param name="streams">Null: the process's own.</param>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, CommandStreams? streams = null) =>
        CommandProgram.RunAsync(Name, async log =>
        {
            if (arguments is not [("login" or "refresh") and var verb, var path])
            {
                throw new CommandException("usage: estafeta oauth login|refresh file", 64);
            }

            await using var output = new StreamWriter(log.Streams.Output, leaveOpen: true);
            try
            {
                var file = TokenFile.Read(path, DefaultClient);
                using var http = new OAuthHttp(file.Proxy, file.AuthorityFile, time);
                var issued = verb == "login"
                    ? await LogInAsync(file, http, time, output)
                    : await TokenEndpoint.RenewAsync(file, http, time, CancellationToken.None);
                file.With(issued.AccessToken, issued.Expiry, issued.RefreshToken).Save();
                await output.WriteLineAsync($"{path}: a token, good until {issued.Expiry:u}");
                if (verb == "login" && issued.RefreshToken == null && file.RefreshToken.Length == 0)
                {
                    await output.WriteLineAsync("It cannot be renewed: the server gave no refresh token (does the scope need offline_access?)");
                }

                return 0;
            }
            catch (IOException e)
            {
                throw new CommandException(e.Message);
            }
        }, streams);

    private static async ValueTask<IssuedToken> LogInAsync(TokenFile file, OAuthHttp http, TimeProvider time, TextWriter output)
    {
        if (file.ClientId.Length == 0 || file.DeviceEndpoint.Length == 0)
        {
            throw new CommandException($"{file.Path}: needs client_id and device_authorization_endpoint");
        }

        var login = await DeviceLogin.BeginAsync(file, http, time, CancellationToken.None);
        await output.WriteLineAsync($"Go to {login.Page} and enter the code {login.UserCode}");
        await output.FlushAsync();
        return await login.WaitAsync(CancellationToken.None);
    }
}
