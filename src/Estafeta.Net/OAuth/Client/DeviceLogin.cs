using System.Net;
using System.Text.Json;
using Estafeta.Net.OAuth.Server;

namespace Estafeta.Net.OAuth.Client;

/// <summary>
/// The device grant (RFC 8628): a person lets this server send mail, on any other machine with a browser. <see cref="BeginAsync"/> tells where to
/// go and what to type there, <see cref="WaitAsync"/> ends when that has been done.
/// </summary>
public sealed class DeviceLogin
{
    private static readonly TimeSpan SlowDown = TimeSpan.FromSeconds(5);

    private readonly TokenFile _file;
    private readonly OAuthHttp _http;
    private readonly TimeProvider _time;
    private readonly string _deviceCode;
    private readonly long _start;
    private readonly TimeSpan _lifetime;
    private TimeSpan _interval;

    private DeviceLogin(TokenFile file, OAuthHttp http, TimeProvider time, JsonElement answer, string deviceCode)
    {
        (_file, _http, _time, _deviceCode) = (file, http, time, deviceCode);
        _start = time.GetTimestamp();
        _lifetime = TimeSpan.FromSeconds(Number(answer, "expires_in", 900));
        _interval = TimeSpan.FromSeconds(Number(answer, "interval", 5));
    }

    /// <summary>Where the person goes.</summary>
    public required string Page { get; init; }

    /// <summary>What they type there.</summary>
    public required string UserCode { get; init; }

    /// <exception cref="IOException">The server does not take part.</exception>
    public static async ValueTask<DeviceLogin> BeginAsync(TokenFile file, OAuthHttp http, TimeProvider time, CancellationToken cancellationToken)
    {
        var (status, answer) = await http.PostAsync(
            file.DeviceEndpoint, [new("client_id", file.ClientId), new("scope", file.Scope)], null, cancellationToken);
        var isObject = status == HttpStatusCode.OK && answer.ValueKind == JsonValueKind.Object;
        var code = isObject ? TokenRules.Text(answer, "device_code") : null;
        var userCode = isObject ? TokenRules.Text(answer, "user_code") : null;

        // "verification_url" is what Google called it before there was an RFC.
        var page = isObject ? TokenRules.Text(answer, "verification_uri") ?? TokenRules.Text(answer, "verification_url") : null;
        return code != null && userCode != null && page != null
            ? new DeviceLogin(file, http, time, answer, code) { Page = page, UserCode = userCode }
            : throw new IOException($"{file.DeviceEndpoint} answered {(int)status} without a device code");
    }

    /// <exception cref="IOException">Refused, or nobody came in time.</exception>
    public async ValueTask<IssuedToken> WaitAsync(CancellationToken cancellationToken)
    {
        while (_time.GetElapsedTime(_start) < _lifetime)
        {
            await Task.Delay(_interval, _time, cancellationToken);
            try
            {
                return await TokenEndpoint.RedeemAsync(_file, _deviceCode, _http, _time, cancellationToken);
            }
            catch (TokenRefusedException e) when (e.Code is "authorization_pending" or "slow_down")
            {
                _interval += e.Code == "slow_down" ? SlowDown : TimeSpan.Zero;
            }
            catch (ThrottledException e)
            {
                await Task.Delay(e.Pause, _time, cancellationToken);
            }
        }

        throw new IOException("the code has expired: nobody has used it");
    }

    private static double Number(JsonElement answer, string name, double otherwise) =>
        answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number is >= 0 and < 86400
            ? number
            : otherwise;
}
