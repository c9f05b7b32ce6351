using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Daemons.Bounce;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Services.Notifications;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>The bounce, defer and trace entries of master.cf: each kind of notification by its own entry and settings.</summary>
internal sealed class Notifications
{
    private readonly BounceService _bounce;
    private readonly BounceService _defer;
    private readonly BounceService _trace;

    /// <param name="mainCf">Names the entries.</param>
    /// <param name="contextOf">The entry of this name, made up when master.cf has none.</param>
    /// <param name="cleanup">Takes the notifications.</param>
    public Notifications(ParameterSet mainCf, Func<string, ServiceContext> contextOf, ICleanup cleanup)
    {
        _bounce = Create(Parameters.BounceServiceName);
        _defer = Create(Parameters.DeferServiceName);
        _trace = Create(Parameters.TraceServiceName);

        BounceService Create(StringParameter name)
        {
            var context = contextOf(mainCf.Get(name));
            return new BounceService(
                BounceSettings.Read(context.Parameters, context.Log.Warning),
                cleanup,
                context.Log,
                moment => MailDate.Format(moment, context.Time.LocalTimeZone),
                context.Time);
        }
    }

    public ValueTask<bool> SendAsync(NotificationRequest request, CancellationToken cancellationToken) => request.Kind switch
    {
        NotificationKind.Failure => _bounce.SendAsync(request, cancellationToken),
        NotificationKind.Delay => _defer.SendAsync(request, cancellationToken),
        _ => _trace.SendAsync(request, cancellationToken),
    };
}
