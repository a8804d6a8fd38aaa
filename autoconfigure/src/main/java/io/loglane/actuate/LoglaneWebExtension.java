package io.loglane.actuate;

import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;
import org.springframework.lang.Nullable;

/**
 * The {@link LoglaneEndpoint} over HTTP: an unknown lane is 404, a level that there is
 * not is 400, a queue that could not be written out is 503.
 */
@EndpointWebExtension(endpoint = LoglaneEndpoint.class)
public class LoglaneWebExtension {

	private final LoglaneEndpoint endpoint;

	/**
	 * @param endpoint what answers
	 */
	public LoglaneWebExtension(LoglaneEndpoint endpoint) {
		this.endpoint = endpoint;
	}

	/**
	 * Set or clear a lane's level.
	 * @param lane its name
	 * @param level a level's name, {@code null} or empty to clear it
	 * @return 204; 404 where there is no such lane; 400 where there is no such level,
	 * with a message, which Spring Boot's own answer has only where that is configured
	 */
	// Spring Boot 3.5 lets nothing else say that a parameter may be left out
	@SuppressWarnings("deprecation")
	@WriteOperation
	public WebEndpointResponse<Refusal> setLevel(@Selector String lane, @Nullable String level) {
		if (this.endpoint.lane(lane) == null) {
			return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
		}
		try {
			this.endpoint.setLevel(lane, level);
			return new WebEndpointResponse<>(WebEndpointResponse.STATUS_NO_CONTENT);
		}
		catch (InvalidEndpointRequestException ex) {
			return new WebEndpointResponse<>(new Refusal(String.valueOf(ex.getReason())),
					WebEndpointResponse.STATUS_BAD_REQUEST);
		}
	}

	/**
	 * Write out all queues.
	 * @return 200, or 503 where some did not in time
	 */
	@WriteOperation
	public WebEndpointResponse<LoglaneEndpoint.Flush> flush() {
		LoglaneEndpoint.Flush flush = this.endpoint.flush();
		return new WebEndpointResponse<>(flush,
				flush.complete() ? WebEndpointResponse.STATUS_OK : WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE);
	}

	/**
	 * Why a request was refused.
	 *
	 * @param message what is wrong, and what is allowed
	 */
	public record Refusal(String message) {

	}

}
